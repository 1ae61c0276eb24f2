"""Real Terraform in a folder of its own, with its state in a local AWS; needs no provider and no network."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

INSTALLED = shutil.which("terraform")
"""Where Terraform is; None where it is not installed."""

_CODE = """
terraform {{
  backend "s3" {{
    bucket                      = "{bucket}"
    key                         = "{key}"
    region                      = "{region}"
    {lock}
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
    skip_region_validation      = true
  }}
}}

variable "seconds" {{ default = 0 }}

resource "terraform_data" "work" {{
  triggers_replace = var.seconds
  provisioner "local-exec" {{ command = "sleep ${{var.seconds}}" }}
}}
"""


class Terraform:
    """One configuration.

    Args:
        folder: an empty folder.
        endpoint: where AWS answers.
        place: bucket, key and region of the state.
        lock: the line of the backend that names how it locks.
    """

    def __init__(self, folder: Path, endpoint: str, place: tuple[str, str, str], lock: str) -> None:
        self._folder = folder
        self._running: list[asyncio.subprocess.Process] = []
        bucket, key, region = place
        (folder / "main.tf").write_text(
            _CODE.format(bucket=bucket, key=key, region=region, lock=lock), encoding="utf-8"
        )
        (folder / "settings.tfrc").write_text("disable_checkpoint = true\n", encoding="utf-8")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "USER": "runner",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL": endpoint,
            "TF_CLI_CONFIG_FILE": str(folder / "settings.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            await self.kill(process)

    async def run(self, *words: str) -> str:
        """Run a command to its end; returns what it said, an error is an AssertionError."""
        process = await self.start(*words)
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, out.decode()
        return out.decode()

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command, in a process group of its own."""
        assert INSTALLED
        process = await asyncio.create_subprocess_exec(
            INSTALLED,
            *words,
            "-no-color",
            cwd=self._folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._running.append(process)
        return process

    async def kill(self, process: asyncio.subprocess.Process) -> None:
        """End it as a machine that goes away does: kill -9, with what it has started."""
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
        self._running = [each for each in self._running if each is not process]
