package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import java.util.Optional;

/**
 * Content on its way in.
 *
 * @param path where it is
 * @param offset how much of it had come before
 * @param transfer the lock that makes it the only one that goes on with what had come; empty for
 *     one that began anew beside it
 */
record Partial(RawPath path, long offset, Optional<FileLocks.Grip> transfer) {
  /** The same, with its file. */
  record Open(Partial partial, OpenFile file) {}
}
