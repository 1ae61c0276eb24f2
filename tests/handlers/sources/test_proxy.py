"""Proxies by the environment: which server goes through one, and which is excepted."""

import pytest

from handlers.sources.errors import CredentialFailed
from handlers.sources.proxy import proxy_of, usable_proxy

PROXY = "http://proxy.test:3128"


@pytest.mark.parametrize(
    ("no_proxy", "through"),
    [
        ("", True),
        ("other.test", True),
        ("eks.amazonaws.com", False),
        (".eks.amazonaws.com", False),
        ("*.eks.amazonaws.com, x", False),
        ("*", False),
        ("10.0.0.0/8", True),
        ("ks.amazonaws.com", True),
    ],
)
def test_a_name_goes_through_the_proxy_unless_excepted(no_proxy: str, *, through: bool) -> None:
    environ = {"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}
    assert proxy_of("https://abc.eks.amazonaws.com", environ) == (PROXY if through else "")


@pytest.mark.parametrize(
    ("no_proxy", "through"), [("10.0.0.0/8", False), ("10.1.0.0/16", True), ("10.0.0.7", False)]
)
def test_an_address_may_be_excepted_by_its_network(no_proxy: str, *, through: bool) -> None:
    environ = {"https_proxy": "proxy.test:3128", "no_proxy": no_proxy}
    assert proxy_of("https://10.0.0.7:6443", environ) == (PROXY if through else "")


@pytest.mark.parametrize("server", ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"])
def test_this_machine_never_goes_through_a_proxy(server: str) -> None:
    assert proxy_of(server, {"HTTPS_PROXY": PROXY}) == ""


def test_plain_http_has_its_own_proxy() -> None:
    assert proxy_of("http://example.test", {"HTTPS_PROXY": PROXY}) == ""
    assert proxy_of("http://example.test", {"HTTP_PROXY": PROXY}) == PROXY


def test_a_proxy_that_cannot_be_spoken_to_is_refused() -> None:
    assert usable_proxy("", "x") == ""
    with pytest.raises(CredentialFailed, match="only HTTP proxies can"):
        usable_proxy("socks5://127.0.0.1:1080", "x")
