# Each step of the NBD protocol that a careful client takes. Argument: the URI of an export of at
# least 64 MiB that nobody else writes to.
import errno
import sys

import nbd

MIB = 1 << 20


def connected():
    h = nbd.NBD()
    h.add_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
    h.set_strict_mode(0)  # let the server do the refusing
    h.connect_uri(sys.argv[1])
    return h


def extents(h, length, offset, flags=0):
    found = []

    def take(context, at, entries, error):
        assert context == nbd.CONTEXT_BASE_ALLOCATION
        assert at == offset
        found.extend(zip(entries[::2], entries[1::2]))

    h.block_status(length, offset, take, flags)
    assert all(size > 0 for size, _ in found), found
    assert all(a[1] != b[1] for a, b in zip(found, found[1:])), ("not merged", found)
    return found


def refused(call, *numbers):
    try:
        call()
    except nbd.Error as e:
        assert e.errnum in numbers, (e, numbers)
        return
    raise AssertionError("was not refused")


h = connected()
assert h.get_structured_replies_negotiated()
assert h.can_df() and h.can_flush() and h.can_fua() and h.can_trim() and h.can_zero()
assert h.can_meta_context(nbd.CONTEXT_BASE_ALLOCATION)
size = h.get_size()
print("structured replies")

# A structured read comes in chunks that cover the range once; with DF in one.
h.pwrite(b"x" * MIB, 0)
h.zero(64 * 1024, 128 * 1024)
pieces = []
buf = h.pread_structured(MIB, 0, lambda data, at, status, err: pieces.append((at, len(data))))
assert buf == b"x" * 131072 + b"\0" * 65536 + b"x" * (MIB - 196608)
pieces.sort()
assert pieces[0][0] == 0 and sum(n for _, n in pieces) == MIB, pieces
whole = []
h.pread_structured(65536, 0, lambda data, at, status, err: whole.append(len(data)), nbd.CMD_FLAG_DF)
assert whole == [65536], whole
print("structured reads")

# Block status after a trim: on the same connection, at once.
h.pwrite(b"y" * (4 * MIB), 8 * MIB)
h.trim(MIB, 9 * MIB)
found = extents(h, 4 * MIB, 8 * MIB)
assert sum(n for n, _ in found) == 4 * MIB, found
assert found[0] == (MIB, 0) and found[1] == (MIB, 3), found
assert h.pread(MIB, 9 * MIB) == b"\0" * MIB
one = extents(h, 4 * MIB, 8 * MIB, nbd.CMD_FLAG_REQ_ONE)
assert len(one) == 1 and one[0][0] <= 4 * MIB, one
print("block status after trim")

# Zero with and without NO_HOLE.
h.pwrite(b"z" * (2 * MIB), 16 * MIB)
h.zero(MIB, 16 * MIB)
h.zero(MIB, 17 * MIB, nbd.CMD_FLAG_NO_HOLE)
assert h.pread(2 * MIB, 16 * MIB) == b"\0" * (2 * MIB)
assert extents(h, MIB, 16 * MIB)[0][1] & 1, "the hole does not show"
assert all(not flags & 1 for _, flags in extents(h, MIB, 17 * MIB)), "NO_HOLE left a hole"
if h.can_fast_zero():
    h.zero(MIB, 16 * MIB, nbd.CMD_FLAG_FAST_ZERO)
else:
    refused(lambda: h.zero(MIB, 16 * MIB, nbd.CMD_FLAG_FAST_ZERO), errno.EINVAL)
print("zero with and without NO_HOLE")

# FUA on all that take it, FLUSH, CACHE.
h.pwrite(b"f" * 4096, 20 * MIB, nbd.CMD_FLAG_FUA)
h.zero(4096, 20 * MIB + 4096, nbd.CMD_FLAG_FUA)
h.trim(4096, 20 * MIB + 8192, nbd.CMD_FLAG_FUA)
h.flush()
if h.can_cache():
    h.cache(MIB, 20 * MIB)
assert connected().pread(8192, 20 * MIB) == b"f" * 4096 + b"\0" * 4096
print("FUA")

# Unaligned.
h.pwrite(b"u" * 513, 24 * MIB + 511)
assert h.pread(515, 24 * MIB + 510) == b"\0" + b"u" * 513 + b"\0"
h.zero(100, 24 * MIB + 600)
assert h.pread(513, 24 * MIB + 511) == b"u" * 89 + b"\0" * 100 + b"u" * 324
h.trim(1000, 24 * MIB + 1)
print("unaligned")

# Too large and out of range: refused, and the connection goes on.
refused(lambda: h.pread(65 * MIB, 0), errno.EINVAL, errno.EOVERFLOW, errno.ENOMEM, errno.ERANGE)
refused(lambda: h.pread(1, size), errno.EINVAL)
refused(lambda: h.pread(2, size - 1), errno.EINVAL)
refused(lambda: h.pwrite(b"ab", size - 1), errno.ENOSPC)
refused(lambda: h.pwrite(b"a", (1 << 63) - 1), errno.ENOSPC, errno.EINVAL)
refused(lambda: h.zero(2, size - 1), errno.ENOSPC)
refused(lambda: h.trim(2, size - 1), errno.EINVAL)
refused(lambda: h.block_status(2, size - 1, lambda *a: 0), errno.EINVAL)
assert h.pread(1, size - 1) == b"\0"
largest = h.get_block_size(nbd.SIZE_MAXIMUM) or 32 * MIB
assert len(h.pread(min(largest, 32 * MIB), 0)) == min(largest, 32 * MIB)
print("too large")

h.shutdown()
print("all done")
