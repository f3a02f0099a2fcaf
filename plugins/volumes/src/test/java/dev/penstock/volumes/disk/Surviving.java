package dev.penstock.volumes.disk;

import java.util.BitSet;

/** Decides what a power cut leaves of what was not synced. */
public interface Surviving {
  /** Which of so many things survive. */
  BitSet among(int count);

  /** How many of so many things survive if they can only survive in order. */
  int prefix(int count);
}
