package dev.penstock.volumes.claim;

/**
 * A grain is 4096 bytes at a multiple of 4096: what a layer has, or has not. Grains are counted
 * from the start of a volume, and kept in pages, so that what nobody touched costs nothing.
 */
public final class Grains {
  public static final int BYTES = 4096;

  /** How many grains a page describes: 64 MiB of a volume. */
  public static final int PER_PAGE = 1 << 14;

  private static final int BYTES_SHIFT = 12;
  private static final int PAGE_SHIFT = 14;

  private Grains() {}

  /** The grain that has this byte. */
  public static long of(long offset) {
    return offset >> BYTES_SHIFT;
  }

  /** How many grains it takes to hold so many bytes. */
  public static long holding(long lengthBytes) {
    return of(lengthBytes + BYTES - 1);
  }

  public static long offsetOf(long grain) {
    return grain << BYTES_SHIFT;
  }

  public static boolean isAligned(long offset) {
    return (offset & BYTES - 1) == 0;
  }

  public static long pageOf(long grain) {
    return grain >> PAGE_SHIFT;
  }

  public static int inPage(long grain) {
    return (int) (grain & PER_PAGE - 1);
  }

  public static long firstOf(long page) {
    return page << PAGE_SHIFT;
  }
}
