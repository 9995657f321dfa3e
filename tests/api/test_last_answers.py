from werkzeug.test import Client
from werkzeug.wrappers import Response

from recsvc.api.last_answers import LastAnswers


def test_the_last_answers_close_their_connections_and_no_others() -> None:
    is_last = [False]
    client = Client(LastAnswers(Response("yes", headers={"X-Own": "1"}), lambda: is_last[0]))
    assert "Connection" not in client.get("/").headers
    is_last[0] = True
    answer = client.get("/")
    assert (answer.text, answer.headers["X-Own"], answer.headers["Connection"]) == ("yes", "1", "close")
