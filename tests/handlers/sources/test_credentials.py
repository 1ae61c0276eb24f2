"""Signing in as kubectl does: contexts, tokens, certificates, service accounts; never anonymously."""

from pathlib import Path

import pytest

from handlers.sources.access import TokenFile, in_cluster_access
from handlers.sources.errors import CredentialFailed, NotFound, Unauthorized, Unreachable
from handlers.sources.kubeconfig import find_files
from handlers.sources.kubernetes import KubernetesCluster, connect, context_names, current_context
from handlers.sources.objects.pod import Pod
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer, Login, write_kubeconfig
from tests.fakes.kubernetes.tls import Authority
from tests.handlers.sources.conftest import TOKEN, Connect
from tests.handlers.sources.signing import Clock, sent, sign_in


async def test_a_wrong_token_is_refused(connect: Connect, server: ApiServer) -> None:
    cluster = await connect(login=Login(server=server.url, token="wrong"))
    with pytest.raises(Unauthorized):
        await cluster.version()
    assert len(server.requests) == 1


async def test_a_token_in_a_file_is_read_next_to_the_kubeconfig(
    connect: Connect, server: ApiServer, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    cluster = await connect(login=Login(server=server.url, user=(("tokenFile", "token"),)))
    assert await cluster.version() == "v1.36.2"


async def test_a_password_is_sent_as_basic(connect: Connect, server: ApiServer) -> None:
    cluster = await connect(login=Login(server=server.url, user=(("username", "u"), ("password", "p"))))
    with pytest.raises(Unauthorized):
        await cluster.version()
    assert sent(server) == ["Basic dTpw"]


async def test_somebody_else_is_impersonated_as_the_kubeconfig_says(
    connect: Connect, server: ApiServer
) -> None:
    user = (("as", "ops"), ("as-groups", ["a", "b"]), ("as-uid", "7"))
    await (await connect(login=Login(server=server.url, token=TOKEN, user=user))).version()
    headers = server.requests[0].headers
    assert (headers["Impersonate-User"], headers["Impersonate-Uid"]) == ("ops", "7")
    assert headers.getall("Impersonate-Group") == ["a", "b"]  # type: ignore[attr-defined]  # a multi-dict


async def test_a_client_certificate_signs_in(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    client = authority.issue("some-user")
    user = (("client-certificate", str(client.certificate)), ("client-key", str(client.key)))
    async with ApiServer(tls=authority.server_context(ask_clients=True)) as server:
        login = Login(server=server.url, ca=authority.pair.certificate, user=user)
        await sign_in(write_kubeconfig(tmp_path / "config", main=login), Clock())
        assert [seen.certificate for seen in server.requests] == ["some-user"]


async def test_a_server_whose_certificate_is_not_trusted_is_unreachable(tmp_path: Path) -> None:
    known, unknown = Authority(tmp_path / "known"), Authority(tmp_path / "unknown")
    async with ApiServer(tls=unknown.server_context()) as server:
        login = Login(server=server.url, ca=known.pair.certificate, token=TOKEN)
        with pytest.raises(Unreachable, match="no trusted connection to https://"):
            await sign_in(write_kubeconfig(tmp_path / "config", main=login), Clock())
        assert server.requests == []


def _broken(tmp_path: Path, text: str) -> str:
    path = tmp_path / "broken"
    path.write_text(text)
    return str(path)


async def test_the_contexts_of_several_files_are_merged_as_kubectl_does(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_kubeconfig(first, current="dev", dev=Login(server=server.url, token=TOKEN, namespace="team"))
    write_kubeconfig(
        second,
        current="prod",
        prod=Login(server=server.url, token=TOKEN),
        dev=Login(server="http://127.0.0.1:1"),
    )
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'missing'}:{first}:{second}")
    assert context_names() == ("dev", "prod")
    assert current_context() == ("dev", "team")
    for context, name in ((None, "dev"), ("prod", "prod")):
        cluster = await connect_by_environment(context)
        assert (cluster.name, await cluster.version()) == (name, "v1.36.2")
        await cluster.close()


async def connect_by_environment(context: str | None) -> KubernetesCluster:
    return await connect(context=context)


async def test_an_unknown_context_lists_those_that_are_known(server: ApiServer, tmp_path: Path) -> None:
    config = write_kubeconfig(
        tmp_path / "config", main=Login(server=server.url), other=Login(server=server.url)
    )
    with pytest.raises(CredentialFailed, match="context nope: there is no such context") as caught:
        await connect(kubeconfig=str(config), context="nope")
    assert caught.value.advice.endswith("main, other.")


@pytest.mark.parametrize(
    "text", ["", "[1]", "contexts: {}", "a: [", "clusters: [{name: 5}]", "\x00", "current-context: x"]
)
async def test_a_kubeconfig_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(CredentialFailed):
        await connect(kubeconfig=_broken(tmp_path, text))


@pytest.mark.parametrize(
    ("server", "user", "why"),
    [
        ("https://127.0.0.1:1", {"client-certificate": "/no/such.pem"}, "File does not exist"),
        (
            "https://127.0.0.1:1",
            {"client-certificate-data": "bm9wZQ==", "client-key-data": "bm9wZQ=="},
            "certificates",
        ),
        ("https://127.0.0.1:1", {"tokenFile": "/no/such"}, "No such file"),
    ],
)
async def test_an_entry_that_cannot_be_used_is_told(
    tmp_path: Path, server: str, user: dict[str, object], why: str
) -> None:
    config = write_kubeconfig(tmp_path / "config", main=Login(server=server, user=tuple(user.items())))
    with pytest.raises(CredentialFailed, match=why):
        await connect(kubeconfig=str(config))


async def test_credentials_are_not_sent_in_clear_text_to_another_machine(tmp_path: Path) -> None:
    config = write_kubeconfig(tmp_path / "config", main=Login(server="http://192.0.2.1:8080", token=TOKEN))
    with pytest.raises(CredentialFailed, match="in clear text"):
        await connect(kubeconfig=str(config))


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CredentialFailed, match="does not exist"):
        await connect(kubeconfig=str(tmp_path / "nope"))
    with pytest.raises(CredentialFailed, match="does not exist"):
        context_names(str(tmp_path / "nope"))


async def test_a_kubeconfig_that_is_no_yaml_is_told_with_the_place_and_never_quoted(tmp_path: Path) -> None:
    with pytest.raises(CredentialFailed, match=r"cannot be read: line \d, column \d+: [^^]+$") as caught:
        await connect(kubeconfig=_broken(tmp_path, "users:\n- {token: hunter2: x"))
    assert "hunter2" not in str(caught.value)


async def test_kubeconfigs_that_the_environment_names_in_vain_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'a'}:{tmp_path / 'b'}")
    with pytest.raises(CredentialFailed, match=r"/a and .*/b, which do not exist"):
        await connect()
    assert find_files(None, {"KUBECONFIG": "/no/such", "KUBERNETES_SERVICE_HOST": "10.0.0.1"}) == ()


async def test_without_any_kubeconfig_no_context_can_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(CredentialFailed, match="context red: there is no kubeconfig") as caught:
        await connect(context="red")
    assert "--kubeconfig" in caught.value.advice


async def test_without_kubeconfig_and_outside_a_pod_nobody_can_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nope"))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(CredentialFailed):
        await connect()


async def test_in_a_pod_its_service_account_signs_in_and_its_token_is_read_again(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.pair.certificate.rename(tmp_path / "ca.crt")
    authority.pair = type(authority.pair)(tmp_path / "ca.crt", authority.pair.key)
    (tmp_path / "token").write_text("first\n")
    seconds = [0.0]
    async with ApiServer(token="first", tls=authority.server_context()) as server:
        environ = {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": server.url.rpartition(":")[2],
        }
        access = await in_cluster_access(tmp_path, environ, lambda: seconds[0])
        cluster = KubernetesCluster(Transport(access, max_in_flight=2, timeout=5), "here")
        await cluster.version()
        (tmp_path / "token").write_text("second\n")
        await cluster.version()
        seconds[0] = 60.0
        server.tokens |= {"second"}
        await cluster.version()
        await cluster.close()
        assert sent(server) == ["Bearer first", "Bearer first", "Bearer second"]
        assert {seen.headers["Accept-Encoding"] for seen in server.requests} == {"identity"}


async def test_a_token_file_is_read_again_at_once_when_its_token_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first")
    token = TokenFile(path, lambda: 0.0)
    assert await token.authorization() == "Bearer first"
    assert not await token.renew("Bearer first")
    path.write_text("second")
    assert await token.renew("Bearer first")
    assert await token.authorization() == "Bearer second"


@pytest.mark.parametrize("content", ["", " \n", "é"])
async def test_a_token_file_without_a_token_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(CredentialFailed):
        await TokenFile(tmp_path / "token").authorization()


async def test_a_pod_without_a_service_account_cannot_sign_in(tmp_path: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "::1", "KUBERNETES_SERVICE_PORT": "1"}
    with pytest.raises(CredentialFailed, match="token cannot be read"):
        await in_cluster_access(tmp_path, environ)
    (tmp_path / "token").write_text("x")
    (tmp_path / "ca.crt").write_text("")
    with pytest.raises(CredentialFailed, match=r"ca\.crt cannot be used"):
        await in_cluster_access(tmp_path, environ)


async def test_a_closed_cluster_leaves_no_connection_open(connect: Connect, server: ApiServer) -> None:
    cluster = await connect()
    with pytest.raises(NotFound):
        await cluster.get(Pod, "x", "mlops")
    await cluster.close()
    with pytest.raises(Unreachable):
        await cluster.version()
    assert len(server.requests) == 1
