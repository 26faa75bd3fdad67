"""The scripted user fills plain HTML forms as a browser without JavaScript would send them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from workbench.app_launch.scripted_user import CannotFill, ScriptedUser, choose_form, fill_form
from workbench.app_launch.visit import Arrived, Cookies, visit
from workbench.app_launch.web_form import parse_page
from workbench.exchange import Exchange, Request, Response
from workbench.smart_app.launch_refusal import LaunchRefused
from workbench.transports.http_client import HttpClient
from workbench.transports.http_server import HttpServer

RAMAN = ScriptedUser(user="raman", patient="amara-okafor")
SIGN_IN = """<!doctype html><title>Sign in &middot; Community Hospital</title>
<form method=post action="/auth/sign-in"><input type="hidden" name="ticket" value="t&amp;1">
<label><input type=radio name=user value=raman required> Priya Raman</label>
<label><input type=radio name=user value=berg> Tomas Berg</label><button>Sign in</button></form>"""
CONSENT = """<form method="POST" action="/auth/consent">
<label><input type="checkbox" name="scope" value="openid" checked> Who you are</label>
<label><input type="checkbox" name="scope" value="patient/Observation.rs" checked> Results</label>
<label><input type="checkbox" name="scope" value="offline_access"> While you are away</label>
<button name="decision" value="deny">Refuse</button><button name="decision" value="allow">Allow</button></form>"""


def sent_by(user: ScriptedUser, text: str) -> object:
    (form,) = parse_page(text).forms
    return fill_form(user, form)


def test_hidden_fields_and_the_chosen_radio_button_are_sent_in_order() -> None:
    assert sent_by(RAMAN, SIGN_IN) == (("ticket", "t&1"), ("user", "raman"))


def test_an_answer_that_is_not_offered_stops_the_user_in_words() -> None:
    problem = sent_by(ScriptedUser(user="nobody"), SIGN_IN)
    assert problem == CannotFill("user", "“user” does not offer “nobody” (it offers raman, berg)")


def test_a_radio_button_is_answered_by_the_label_around_it() -> None:
    assert sent_by(ScriptedUser(user="Tomas Berg"), SIGN_IN) == (("ticket", "t&1"), ("user", "berg"))
    (form,) = parse_page(SIGN_IN).forms
    assert [field.label for field in form.fields] == ["", "Priya Raman", "Tomas Berg", "Sign in"]


def test_a_required_choice_without_an_answer_stops_the_user() -> None:
    problem = sent_by(ScriptedUser(), SIGN_IN)
    assert problem == CannotFill("user", "the launch names nothing for “user” (it offers raman, berg)")


def test_ticks_stay_as_offered_where_no_scope_is_named() -> None:
    assert sent_by(RAMAN, CONSENT) == (
        ("scope", "openid"),
        ("scope", "patient/Observation.rs"),
        ("decision", "allow"),
    )


def test_only_the_scopes_that_the_user_leaves_are_ticked() -> None:
    user = ScriptedUser(scopes=("openid", "offline_access"))
    assert sent_by(user, CONSENT) == (("scope", "openid"), ("scope", "offline_access"), ("decision", "allow"))


def test_a_refusing_user_presses_the_other_button() -> None:
    sent = sent_by(ScriptedUser(decision="deny"), CONSENT)
    assert isinstance(sent, tuple)
    assert sent[-1] == ("decision", "deny")


@pytest.mark.parametrize(
    ("answer", "sent"),
    [("amara-okafor", "amara-okafor"), ("Benjamin Larsen", "benjamin-larsen"), ("", "amara-okafor")],
)
def test_a_select_is_answered_by_value_or_by_what_a_person_reads(answer: str, sent: str) -> None:
    page = """<form><select name=patient><option disabled>Choose<option value=amara-okafor>Amara Okafor
    <option value=benjamin-larsen>Benjamin Larsen</select></form>"""
    assert sent_by(ScriptedUser(patient=answer), page) == (("patient", sent),)


def test_a_select_keeps_what_the_page_chose_and_an_option_without_a_value_sends_its_words() -> None:
    page = "<form><select name=a><option>one</option><option selected> two  words </option></select></form>"
    assert sent_by(RAMAN, page) == (("a", "two words"),)


def test_a_required_select_on_its_empty_option_stops_the_user() -> None:
    page = "<form><select name=ward required><option value=''>Choose<option value=w1>One</select></form>"
    assert sent_by(RAMAN, page) == CannotFill("ward", "the launch names nothing for “ward” (it offers w1)")


def test_text_fields_take_answers_by_name_and_keep_their_own_value_otherwise() -> None:
    page = """<form><input name=username><input type=password name=password required><input name=site value=main>
    <textarea name=note>as it was</textarea><input type=reset><input disabled name=off><input type=submit></form>"""
    user = ScriptedUser(user="raman", answers=(("password", "secret"),))
    assert sent_by(user, page) == (
        ("username", "raman"),
        ("password", "secret"),
        ("site", "main"),
        ("note", "as it was"),
    )
    assert "secret" not in repr(user)
    assert sent_by(RAMAN, page) == CannotFill("password", "the launch names nothing for “password”")


def test_a_hidden_field_is_never_overridden() -> None:
    assert sent_by(RAMAN, "<form><input type=hidden name=patient value=other></form>") == (("patient", "other"),)


def test_a_button_for_each_patient_is_pressed_by_its_value() -> None:
    buttons = "".join(f"<button name=patient value={p}>{p}</button>" for p in ("benjamin-larsen", "amara-okafor"))
    assert sent_by(RAMAN, f"<form>{buttons}</form>") == (("patient", "amara-okafor"),)
    problem = sent_by(ScriptedUser(patient="nobody"), f"<form>{buttons}</form>")
    assert isinstance(problem, CannotFill)


def test_the_form_that_asks_for_what_the_user_knows_is_chosen() -> None:
    page = parse_page(f"<form action=/search><input name=q></form>{SIGN_IN}<form method=post action=/out></form>")
    chosen = choose_form(RAMAN, page)
    assert isinstance(chosen, tuple)
    assert chosen[0].action == "/auth/sign-in"


def test_a_page_is_read_with_its_title_and_its_alert() -> None:
    page = parse_page("<title>A &amp; B</title><p role=alert>Wrong <b>user</b>.</p><form></form>")
    assert (page.title, page.alert) == ("A & B", "Wrong user.")


@pytest.mark.parametrize(
    "text", ["", "<", "<form", "</form></select><option>x", "<select><option>", "\x00<form><input name>"]
)
def test_broken_html_is_read_without_complaint(text: str) -> None:
    assert parse_page(text).title == ""


def test_cookies_are_kept_for_their_origin_until_they_are_taken_back() -> None:
    cookies = Cookies()
    cookies.take(
        "http://127.0.0.1:1/a", Response(200, (("Set-Cookie", "s=1; Path=/; HttpOnly"), ("set-cookie", "t=2")))
    )
    assert cookies.headers_for("http://127.0.0.1:1/b") == (("Cookie", "s=1; t=2"),)
    assert cookies.headers_for("http://127.0.0.1:2/b") == ()
    cookies.take("http://127.0.0.1:1/a", Response(200, (("Set-Cookie", "s=; Max-Age=0"),)))
    assert cookies.headers_for("http://127.0.0.1:1/b") == (("Cookie", "t=2"),)


Answer = Callable[[Request], Awaitable[Response]]
UNTIL = "http://127.0.0.1/callback"


def html(text: str, status: int = 200, *headers: tuple[str, str]) -> Response:
    return Response(status, (("Content-Type", "text/html"), *headers), text.encode())


def sent_on(location: str, *headers: tuple[str, str], status: int = 302) -> Response:
    return Response(status, (("Location", location), *headers))


def run_visit(answer: Answer, user: ScriptedUser = RAMAN) -> tuple[list[Exchange], Arrived | LaunchRefused]:
    async def run() -> tuple[list[Exchange], Arrived | LaunchRefused]:
        server = HttpServer(answer)
        await server.start()
        try:
            async with HttpClient() as client:
                items = [item async for item in visit(client, user, f"{server.address}/start", until=UNTIL, within=5)]
        finally:
            await server.stop()
        exchanges = [item for item in items if isinstance(item, Exchange)]
        (last,) = (item for item in items if not isinstance(item, Exchange))
        assert items[-1] is last
        return exchanges, last

    return asyncio.run(run())


def test_a_visit_goes_from_page_to_page_with_cookies_and_ends_at_its_address() -> None:
    async def answer(request: Request) -> Response:
        path = urlsplit(request.address).path
        if path == "/start":
            return sent_on("/auth/page", ("Set-Cookie", "visit=1"))
        if path == "/auth/page":
            return html(SIGN_IN, 200, ("Set-Cookie", "page=2"))
        assert (request.method, request.header("cookie")) == ("POST", "visit=1; page=2")
        assert parse_qs(request.body.decode()) == {"ticket": ["t&1"], "user": ["raman"]}
        return sent_on(f"{UNTIL}?code=c&state=s", status=303)

    exchanges, last = run_visit(answer)
    assert last == Arrived(f"{UNTIL}?code=c&state=s")
    assert [e.response.status for e in exchanges if e.response] == [302, 200, 303]


def test_a_get_form_puts_its_fields_into_the_address() -> None:
    async def answer(request: Request) -> Response:
        if "patient" in request.address:
            assert urlsplit(request.address).query == "step=2&patient=amara-okafor"
            return sent_on(UNTIL)
        return html("<form action='?step=1'><input type=hidden name=step value=2><input name=patient></form>")

    assert run_visit(answer)[1] == Arrived(UNTIL)


def test_a_307_sends_the_form_again() -> None:
    async def answer(request: Request) -> Response:
        path = urlsplit(request.address).path
        if path == "/start":
            return html(SIGN_IN)
        return sent_on("/again", status=307) if path == "/auth/sign-in" else sent_on(f"{UNTIL}?{request.body.decode()}")

    assert run_visit(answer)[1] == Arrived(f"{UNTIL}?ticket=t%261&user=raman")


@pytest.mark.parametrize(
    ("response", "error", "words"),
    [
        (html("<title>No such app</title>", 400), "http_400", "answered 400 (“No such app”)"),
        (html("<title>Hello</title><p>Sign in with your phone."), "needs_a_person", "“Hello” has no form to fill"),
        (html("<title>Two</title><form><input name=otp required>"), "needs_a_person", "“Two” asks for “otp”"),
        (sent_on("https://evil.example/?x=secret"), "needs_a_person", "https://evil.example/, where"),
        (sent_on("/start"), "too_many_pages", "over 30 pages"),
        (
            html("<form action='https://evil.example/take'><input name=user></form>"),
            "needs_a_person",
            "evil.example/take",
        ),
        (html(SIGN_IN + "<p role=alert>Unknown user.</p>"), "not_accepted", "It says: “Unknown user.”"),
        (Response(204), "http_204", "answered 204"),
    ],
)
def test_a_site_that_a_script_cannot_pass_ends_the_visit_in_words(response: Response, error: str, words: str) -> None:
    async def answer(request: Request) -> Response:
        return response

    exchanges, last = run_visit(answer)
    assert isinstance(last, LaunchRefused)
    assert last.error == error
    assert words in last.sentence
    assert "secret" not in last.sentence
    assert exchanges


def test_a_site_that_is_not_there_ends_the_visit_in_words() -> None:
    async def run() -> list[object]:
        async with HttpClient() as client:
            return [item async for item in visit(client, RAMAN, "http://127.0.0.1:9/", until=UNTIL, within=2)]

    last = asyncio.run(run())[-1]
    assert isinstance(last, LaunchRefused)
    assert last.error == "refused"
