"""Nothing is mailed where TLS, certificate, login or settings are not sure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509

from o7_warehouse.errors import OutboxError, SettingsError
from tests.outbox.authority import Authority
from tests.outbox.conftest import OFFICE
from tests.outbox.mail_server import PASSWORD, USER, MailServer, serving


def test_nothing_is_sent_without_starttls(post):
    post.issued()

    with serving(MailServer(), None) as bare:
        post.desk.settings = replace(post.settings, smtp_port=bare.port)
        with pytest.raises(OutboxError, match="offers no STARTTLS"):
            post.deliver()

    assert bare.asked == []
    assert post.states() == ["queued"]


@pytest.mark.parametrize("kind", ["another authority", "another name", "ended"])
def test_nothing_is_sent_to_a_server_whose_certificate_is_not_to_be_trusted(post, authority, tmp_path, kind):
    post.issued()
    shown = {
        "another authority": lambda: Authority.made(tmp_path, "theirs").context(tmp_path),
        "another name": lambda: authority.context(tmp_path, names=[x509.DNSName("mail.example")]),
        "ended": lambda: authority.context(tmp_path, days=-1),
    }[kind]()

    with serving(MailServer(), shown) as other:
        post.desk.settings = replace(post.settings, smtp_port=other.port)
        with pytest.raises(OutboxError, match="not to be trusted"):
            post.deliver()

    assert other.asked == []
    assert post.states() == ["queued"]


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_a_login_needs_the_right_password_and_nobody_repeats_it(post, authority, tmp_path, password, caplog):
    post.issued()
    with serving(MailServer(needs_login=True), authority.context(tmp_path)) as guarded:
        post.desk.settings = replace(
            post.settings, smtp_port=guarded.port, smtp_user=USER, given_smtp_password=password
        )
        if password == PASSWORD:
            post.deliver()
            assert len(guarded.taken) == 1
        else:
            with pytest.raises(OutboxError, match="refused us with 535 at the login") as refused:
                post.deliver()
            assert guarded.asked == []
            assert (USER in str(refused.value), "wrong" in str(refused.value)) == (False, False)

    assert password not in repr(post.settings)
    assert OFFICE["address"] not in caplog.text


def test_mail_needs_its_settings_and_says_which(post):
    post.issued()
    post.desk.settings = replace(post.settings, smtp_host="", smtp_user=USER)

    with pytest.raises(SettingsError, match="O7_SMTP_HOST, O7_SMTP_PASSWORD is not set"):
        post.deliver()

    assert post.states() == ["queued"]
