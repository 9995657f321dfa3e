import pytest

from recsvc.mailing.machines import is_machine

PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/146.0.0.0 Safari/537.36"
)


def request(agent: str = PHONE, method: str = "GET", **headers: str) -> dict[str, object]:
    return {"REQUEST_METHOD": method, "HTTP_USER_AGENT": agent, **headers}


def android(device: str) -> str:
    return (
        f"Mozilla/5.0 (Linux; Android 11; {device}) AppleWebKit/537.36 Chrome/146.0.0.0 Mobile Safari/537.36"
    )


@pytest.mark.parametrize(
    "agent",
    [
        PHONE, WINDOWS, f"{WINDOWS} Edg/146.0.0.0",
        *map(android, ("CUBOT NOTE 20 Build/R", "CUBOT_P20", "CUBOT/X", "M bot 60", "M BOT TAB 101", "ID BOT 553")),
    ],
)  # fmt: skip
def test_a_browser_is_a_person(agent: str) -> None:
    assert not is_machine(request(agent))


def test_head_is_a_machine() -> None:
    assert is_machine(request(method="HEAD"))


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_PURPOSE": "prefetch;prerender"}, {"HTTP_PURPOSE": "prefetch"}, {"HTTP_X_MOZ": "prefetch"},
        {"HTTP_X_PURPOSE": "preview"},
    ],
)  # fmt: skip
def test_what_a_browser_opens_ahead_of_a_click_is_no_click(headers: dict[str, str]) -> None:
    assert is_machine(request(**headers))


@pytest.mark.parametrize(
    "agent",
    [
        "", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "facebookexternalhit/1.1",
        "Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "curl/8.14.1", "python-requests/2.32",
        "Mozilla/5.0 (compatible; BarracudaCentral)", "Microsoft Office/16.0 (ms-office; MSOffice 16)",
        f"{WINDOWS.replace('Chrome', 'HeadlessChrome')}", "Mozilla/5.0 SkypeUriPreview Preview/0.5",
        android("Nexus 5X) (compatible; Googlebot/2.1"), "archive.org_bot", "AhrefsBot/7.0", "MJ12bot/v1.4.8",
    ],
)  # fmt: skip
def test_a_program_that_names_itself_is_a_machine(agent: str) -> None:
    assert is_machine(request(agent))
