"""The plugin `email`, with a mail server that others wrote: TLS, login, and what it turns away."""

import contextlib
import email.policy
import json
import os
import pathlib
import socket
import ssl
import subprocess

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

PLUGIN = pathlib.Path(__file__).parents[2] / "target/guests/email.wasm"
USER, PASSWORD = "shop", "pässword"
AUTHORITY = trustme.CA()


class Mailbox:
    """What the server takes, and what it says to it."""

    def __init__(self):
        self.taken = []
        self.mail = "250 OK"

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.mail.startswith("250"):
            envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        is_safe = server.transport.get_extra_info("sslcontext") is not None
        self.taken.append((is_safe, bool(session.authenticated), envelope))
        return "250 Taken"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login.decode() == USER and data.password.decode() == PASSWORD
    return AuthResult(success=known, handled=False)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextlib.contextmanager
def serving(security):
    """A mailbox, and the address of a server in front of it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    options = {
        "none": {"auth_require_tls": False},
        "starttls": {"tls_context": context, "require_starttls": True},
        # It takes connections that begin with TLS for such as have none.
        "tls": {"ssl_context": context, "auth_require_tls": False},
    }[security]
    if security != "none":
        options |= {"authenticator": authenticate, "auth_required": True}
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    try:
        yield mailbox, f"127.0.0.1:{server.port}"
    finally:
        server.stop()


def send(address, security, to=("Ada <ada@example.com>",), password=PASSWORD, believed=AUTHORITY):
    """What comes of a call of the task."""
    mail = {"from": "shop@example.com", "to": to, "subject": "Déjà vu", "text": "Hello.\n.\nBye."}
    command = [os.environ["STEPWELL"], "plugin", "run", str(PLUGIN), "send", "--json"]
    command += ["--input", json.dumps(mail), "--connect", address]
    command += ["--config", f"smtp-server={address}", "--config", f"smtp-security={security}"]
    environment = {**os.environ, "MAIL_USER": USER, "MAIL_PASSWORD": password}
    if security != "none":
        command += ["--config", "smtp-ca=" + believed.cert_pem.bytes().decode()]
        command += ["--secret", "smtp-user=env:MAIL_USER:value"]
        command += ["--secret", "smtp-password=env:MAIL_PASSWORD:value"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.stdout, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_mail_is_delivered(security):
    with serving(security) as (mailbox, address):
        done = send(address, security, to=["Ada <ada@example.com>", "bob@example.com"])
    assert done["output"]["via"] == "smtp" and done["output"]["server"] == address
    [(is_safe, is_known, envelope)] = mailbox.taken
    assert is_safe == is_known == (security != "none")
    assert envelope.mail_from == "shop@example.com"
    assert envelope.rcpt_tos == ["ada@example.com", "bob@example.com"]
    message = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert message["subject"] == "Déjà vu"
    assert message["message-id"] == done["output"]["messageId"]
    assert message.get_content().splitlines() == ["Hello.", ".", "Bye."]


def test_a_wrong_password_is_told():
    with serving("starttls") as (mailbox, address):
        done = send(address, "starttls", password="other")
    assert done["error"] == "Email.AuthenticationFailed"
    assert done["cause"].startswith("535 ")
    assert not mailbox.taken


def test_a_recipient_that_is_not_there_is_named():
    with serving("tls") as (mailbox, address):
        done = send(address, "tls", to=["ada@example.com", "nobody@example.com"])
    assert done["error"] == "Email.RecipientRejected"
    assert done["cause"] == "nobody@example.com: 550 5.1.1 No such user"
    assert not mailbox.taken


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("451 4.3.2 Try again", "Email.TemporarilyUnavailable"),
        ("552 5.2.2 Full", "Email.Rejected"),
    ],
)
def test_what_may_pass_is_told_from_what_will_not(reply, error):
    with serving("starttls") as (mailbox, address):
        mailbox.mail = reply
        done = send(address, "starttls")
    assert (done["error"], done["cause"]) == (error, reply)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_is_not_believed_gets_no_password(security):
    with serving(security) as (mailbox, address):
        done = send(address, security, believed=trustme.CA())
    assert done["error"] == "Email.TlsFailed"
    assert "certificate" in done["cause"]
    assert not mailbox.taken


def test_a_server_without_tls_is_not_spoken_to_without():
    with serving("none") as (mailbox, address):
        done = send(address, "starttls")
    assert done["error"] == "Email.TlsFailed"
    assert done["cause"] == "the server does not offer STARTTLS"
    assert not mailbox.taken
