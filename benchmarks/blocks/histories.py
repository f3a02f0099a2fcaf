"""Long histories without waiting for a disk: what a store at rest would have if they had been taken."""

import json
import subprocess
import uuid
from datetime import datetime, timedelta, timezone

SEAL = ',"crc32c":"'


def lengthen(store, snapshots):
    """Each volume, which has one snapshot, has as many as that, all of the same content, an hour apart."""
    first = datetime.now(timezone.utc) - timedelta(hours=snapshots + 1)
    for manifest in store.glob("volumes/*/manifest.json"):
        content = unsealed(manifest)
        layer = next(iter(content["snapshots"].values()))["layer"]
        for i in range(1, snapshots):
            taken = (first + timedelta(hours=i)).isoformat(timespec="microseconds").replace("+00:00", "Z")
            content["snapshots"][f"s{i:04}"] = {"layer": layer, "guid": str(uuid.uuid4()), "created": taken, "holds": []}
        seal(manifest, content)


def copied(store, other, prefix):
    """Copies of all volumes, as if they had been received."""
    subprocess.run(["cp", "-a", "--sparse=always", str(store), str(other)], check=True)
    for volume in list((other / "volumes").iterdir()):
        copy = volume.rename(volume.with_name(prefix + volume.name))
        content = unsealed(copy / "manifest.json")
        content["replica"] = True
        list(content["snapshots"].values())[-1]["holds"] = ["anchor.received"]
        seal(copy / "manifest.json", content)


def unsealed(manifest):
    return json.loads(manifest.read_text().rpartition(SEAL)[0] + "}")


def seal(manifest, content):
    body = json.dumps(content, separators=(",", ":"))[:-1]
    manifest.write_text(f'{body}{SEAL}{crc32c(body.encode()):08x}"}}\n')


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def table():
    for crc in range(256):
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
        yield crc


TABLE = list(table())
