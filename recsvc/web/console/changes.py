"""Who changed what: the audit log."""

from flask import render_template

from recsvc.web.asked import whole_in
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes

A_PAGE = 50
ACTIONS = {
    "signed-in": "signed in to",
    "rules-changed": "changed the rules of",
    "rules-deleted": "took back the rules of",
    "rules-undone": "undid a change to",
    "version-activated": "made live the version",
    "version-rolled-back": "went back to the version",
    "shopper-merged": "joined an account or visit to shopper",
    "shopper-exported": "exported what is held on shopper",
    "shopper-erased": "erased shopper",
    "request-answered": "answered the request for privacy",
    "file-looked-at": "looked at a file with",
    "experiment-started": "started the experiment",
    "experiment-stopped": "stopped the experiment",
    "experiment-called-off": "called off the experiment",
}
"""The actions of the audit log in words; the subject follows."""


def _add(routes: Routes) -> None:
    @routes.show()
    def changes() -> str:
        audit = routes.site.service.store.audit
        entries = audit.newest(A_PAGE + 1, whole_in("before"))
        return render_template(
            "console/changes.html", entries=entries[:A_PAGE], has_more=len(entries) > A_PAGE, actions=ACTIONS
        )


PAGE = Page("changes", "Changes", Ability.SEE_CHANGES, _add)
