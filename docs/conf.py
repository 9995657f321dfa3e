"""How Sphinx builds the pages: ``make docs``."""

from importlib.metadata import version as version_of

project = "recsvc"
project_copyright = "the recsvc authors"
release = version = version_of("recsvc")

extensions = ["myst_parser"]
root_doc = "docs/index"
# The tree of pages begins at the repository, so that links to pages outside docs/ are checked as well.
include_patterns = ["*.md", "benchmarks/README.md", "deploy/README.md", "docs/**"]
exclude_patterns = [".*", "demo", "recsvc", "site", "tests", "training"]
nitpicky = True
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["misc.highlighting_failure"]  # answers are cut short with …, so not all of them are JSON

html_theme = "furo"
html_title = "recsvc"
html_static_path = ["static"]
html_css_files = ["recsvc.css"]
html_copy_source = False
html_show_sphinx = False
_SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'
_MONO = 'ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace'
_FONTS = {"font-stack": _SANS, "font-stack--monospace": _MONO}
html_theme_options = {
    "light_css_variables": {**_FONTS, "color-brand-primary": "#0a6c74", "color-brand-content": "#0a6c74"},
    "dark_css_variables": {**_FONTS, "color-brand-primary": "#5cc3bf", "color-brand-content": "#5cc3bf"},
}
