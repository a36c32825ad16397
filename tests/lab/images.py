"""Images without a registry: one root filesystem of busybox, imported from a tar made in memory."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

_DIRECTORIES = ("bin", "etc", "proc", "sys", "dev", "tmp", "root", "var", "data")


def root_filesystem(busybox: Path | None = None) -> bytes:
    """Give a tar with a static busybox and a link for each of its applets."""
    binary = busybox or static_busybox()
    applets = subprocess.run([binary, "--list"], capture_output=True, text=True, check=True, timeout=10).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name in _DIRECTORIES:
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(directory)
        tar.add(binary.resolve(), "bin/busybox")
        # busybox lists itself as an applet: a link of that name would replace the binary by a link to itself.
        for applet in applets:
            if applet != "busybox":
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
        _add_text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        _add_text(tar, "etc/group", "root:x:0:\n")
    return buffer.getvalue()


def static_busybox() -> Path:
    """Find the machine's busybox; raises ``FileNotFoundError`` that says what to install."""
    found = shutil.which("busybox")
    if found is None:
        raise FileNotFoundError("no busybox on the path; Debian has it in busybox-static")
    return Path(found)


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text)
    tar.addfile(entry, io.BytesIO(text.encode()))
