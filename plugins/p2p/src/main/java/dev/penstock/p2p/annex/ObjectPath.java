package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.RawPath;

/**
 * Where content may be: a file in a folder of its own, of the same name, with what guards it.
 *
 * @param folder cannot be written in but for the moment of a change
 */
record ObjectPath(RawPath folder, RawPath file) {
  /** Whoever removes has a lock on it alone; whoever keeps the content has it with others. */
  RawPath lock() {
    return file.with(".lck");
  }

  /** Until when the content is not removed. */
  RawPath retention() {
    return file.with(".rtm");
  }

  /** Whoever changes {@link #retention} has a lock on it. */
  RawPath retentionLock() {
    return file.with(".rtl");
  }
}
