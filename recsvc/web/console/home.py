"""The first page: how the service is, and what is worth doing."""

from flask import render_template

from recsvc.web.abilities import Ability
from recsvc.web.page import Page, Routes


def _add(routes: Routes) -> None:
    @routes.show()
    def home() -> str:
        return render_template("console/home.html")


PAGE = Page("", "Home", Ability.SEE_HOME, _add)
