"""Credential plugins: run once for many, again before the end; a failing one is an error, not anonymity."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.sources.credentials import kubeconfig_access
from handlers.sources.errors import CredentialFailed, Unauthorized
from handlers.sources.kubeconfig import read_kubeconfig
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.fakes.kubernetes.kubeconfig import write_plugin
from tests.fakes.kubernetes.tls import Authority
from tests.handlers.sources.conftest import TOKEN
from tests.handlers.sources.signing import NOON, Clock, sent, sign_in


async def test_a_plugin_signs_in_once_for_many_requests(server: ApiServer, tmp_path: Path) -> None:
    count = tmp_path / "count"
    plugin = write_plugin(
        tmp_path / "get-token",
        f"open({str(count)!r}, 'a').write('x')",
        f"give({TOKEN!r}, {(NOON + timedelta(minutes=14)).isoformat()!r})",
    )
    await sign_in(
        write_kubeconfig(tmp_path / "config", main=Login(server=server.url, plugin=plugin)), Clock(), 3
    )
    assert sent(server) == [f"Bearer {TOKEN}"] * 3
    assert count.read_text() == "x"


async def test_a_plugin_is_asked_again_before_its_token_expires(server: ApiServer, tmp_path: Path) -> None:
    server.tokens |= {"t1", "t2"}
    count = tmp_path / "count"
    count.write_text("")
    plugin = write_plugin(
        tmp_path / "get-token",
        f"path = {str(count)!r}",
        "open(path, 'a').write('x')",
        f"give(f't{{len(open(path).read())}}', {(NOON + timedelta(minutes=14)).isoformat()!r})",
    )
    clock = Clock()
    config = write_kubeconfig(tmp_path / "config", main=Login(server=server.url, plugin=plugin))
    access = await kubeconfig_access(read_kubeconfig(str(config)), now=clock)
    cluster = KubernetesCluster(Transport(access, max_in_flight=2, timeout=5), "x")
    await cluster.version()
    clock.time = NOON + timedelta(minutes=12, seconds=59)
    await cluster.version()
    clock.time = NOON + timedelta(minutes=13)
    await cluster.version()
    await cluster.close()
    assert sent(server) == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_a_token_that_is_refused_is_renewed_once(server: ApiServer, tmp_path: Path) -> None:
    count = tmp_path / "count"
    plugin = write_plugin(
        tmp_path / "get-token",
        f"path = {str(count)!r}",
        "open(path, 'a').write('x')",
        f"give('old' if open(path).read() == 'x' else {TOKEN!r})",
    )
    await sign_in(
        write_kubeconfig(tmp_path / "config", main=Login(server=server.url, plugin=plugin)), Clock(), 2
    )
    assert sent(server) == ["Bearer old", f"Bearer {TOKEN}", f"Bearer {TOKEN}"]


async def test_a_plugin_whose_tokens_are_all_refused_is_unauthorized(
    server: ApiServer, tmp_path: Path
) -> None:
    plugin = write_plugin(tmp_path / "get-token", "give('wrong')")
    with pytest.raises(Unauthorized):
        await sign_in(
            write_kubeconfig(tmp_path / "config", main=Login(server=server.url, plugin=plugin)), Clock()
        )
    assert sent(server) == ["Bearer wrong", "Bearer wrong"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (
            ["print('\\nUnable to locate credentials.', file=sys.stderr)", "sys.exit(253)"],
            "its command get-token ended with exit code 253: Unable to locate credentials",
        ),
        (["sys.exit(3)"], "its command get-token ended with exit code 3"),
        (["import os", "os.kill(os.getpid(), 9)"], "its command get-token was ended by signal 9"),
        (["print('hello')"], "its command get-token printed no ExecCredential"),
        (["give('')"], "its command get-token gave neither a token nor a certificate with its key"),
        (
            ["print(json.dumps({'apiVersion': 'v9', 'status': {'token': 'x'}}))"],
            "its command get-token speaks v9, the kubeconfig client.authentication.k8s.io/v1beta1",
        ),
        (
            ["sys.stderr.write('x' * 200_000 + '\\nlast line\\n')", "sys.exit(1)"],
            "its command get-token ended with exit code 1: last line",
        ),
        (
            ["sys.stderr.write('word ' * 57 + 'password=hunter2Zx9Q ' + 'more')", "sys.exit(1)"],
            "its command get-token ended with exit code 1: " + "word " * 56 + "word",
        ),
    ],
)
async def test_a_plugin_that_fails_says_why_and_nothing_is_asked_anonymously(
    server: ApiServer, tmp_path: Path, lines: list[str], why: str
) -> None:
    server.tokens.clear()
    plugin = write_plugin(tmp_path / "get-token", *lines)
    with pytest.raises(CredentialFailed) as caught:
        await sign_in(
            write_kubeconfig(tmp_path / "config", main=Login(server=server.url, plugin=plugin)), Clock()
        )
    assert (caught.value.what, caught.value.why) == ("context main", why)
    assert server.requests == []


async def test_a_plugin_that_is_not_installed_is_named(server: ApiServer, tmp_path: Path) -> None:
    login = Login(server=server.url, plugin=Path("no-such-plugin"))
    with pytest.raises(CredentialFailed, match="its command no-such-plugin is not installed") as caught:
        await sign_in(write_kubeconfig(tmp_path / "config", main=login), Clock())
    assert caught.value.advice == "Install no-such-plugin, or put its folder on PATH."
    assert server.requests == []


async def test_a_plugin_learns_about_the_cluster_when_it_wants_to(server: ApiServer, tmp_path: Path) -> None:
    told = tmp_path / "told"
    plugin = write_plugin(
        tmp_path / "get-token",
        "import os",
        f"open({str(told)!r}, 'w').write(os.environ['KUBERNETES_EXEC_INFO'] + os.environ['EXTRA'])",
        f"give({TOKEN!r})",
    )
    user = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "./get-token",
        "env": [{"name": "EXTRA", "value": "!"}],
        "provideClusterInfo": True,
    }
    login = Login(server=server.url, user=(("exec", user),))
    await sign_in(write_kubeconfig(tmp_path / "config", main=login), Clock())
    assert plugin.is_file()
    info = json.loads(told.read_text().removesuffix("!"))
    assert info["spec"] == {"interactive": False, "cluster": {"server": server.url}}


async def test_a_plugin_may_give_a_certificate_and_another_when_it_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "tls")
    pairs = [authority.issue(name) for name in ("first", "second")]
    plugin = write_plugin(
        tmp_path / "get-certificate",
        "from pathlib import Path",
        f"mark = Path({str(tmp_path / 'mark')!r})",
        f"pairs = {[(str(pair.certificate), str(pair.key)) for pair in pairs]!r}",
        "certificate, key = pairs[mark.exists()]",
        "mark.touch()",
        "give('', clientCertificateData=Path(certificate).read_text(), clientKeyData=Path(key).read_text())",
    )
    async with ApiServer(tls=authority.server_context(ask_clients=True)) as server:
        server.fail("/version", Fault.recorded("401-bad-token.http", times=1))
        login = Login(server=server.url, ca=authority.pair.certificate, plugin=plugin)
        await sign_in(write_kubeconfig(tmp_path / "config", main=login), Clock())
        assert [seen.certificate for seen in server.requests] == ["first", "second"]
