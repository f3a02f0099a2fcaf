package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Random;

/** Changes to a disk that a number decides, made alike on several of them. */
final class ChangeScript {
  private static final int GRAIN_BYTES = 4096;
  private static final int GRAINS_MAX = 24;
  private static final int NO_HOLE = 2;

  private final Random random;
  private final int sizeBytes;
  private final List<NbdClient> disks;

  ChangeScript(long seed, int sizeBytes, List<NbdClient> disks) {
    this.random = new Random(seed);
    this.sizeBytes = sizeBytes;
    this.disks = disks;
  }

  void run(int steps) throws IOException {
    for (int step = 0; step < steps; step++) step();
    everywhere(disk -> disk.flush());
  }

  private void step() throws IOException {
    int kind = random.nextInt(20);
    if (kind < 10) write(anywhere(), false);
    else if (kind < 11) write(anywhere(), true);
    else if (kind < 14) ask(NbdClient.WRITE_ZEROES, 0, anywhere());
    else if (kind < 15) ask(NbdClient.WRITE_ZEROES, NO_HOLE, anywhere());
    else if (kind < 19) ask(NbdClient.TRIM, 0, wholeGrains());
    else everywhere(disk -> disk.flush());
  }

  /** Bytes, from the one to before the other. */
  private record Range(int from, int to) {
    int length() {
      return to - from;
    }
  }

  private Range anywhere() {
    int from = random.nextInt(sizeBytes);
    int length = 1 + random.nextInt(random.nextBoolean() ? 2 * GRAIN_BYTES : maxBytes());
    return new Range(from, Math.min(sizeBytes, from + length));
  }

  /** What a trim leaves of a part of a grain is each server's own business. */
  private Range wholeGrains() {
    int from = random.nextInt(sizeBytes) / GRAIN_BYTES * GRAIN_BYTES;
    return new Range(
        from, Math.min(sizeBytes, from + GRAIN_BYTES * (1 + random.nextInt(GRAINS_MAX))));
  }

  private static int maxBytes() {
    return GRAINS_MAX * GRAIN_BYTES;
  }

  private void write(Range range, boolean zeroes) throws IOException {
    byte[] bytes = new byte[range.length()];
    if (!zeroes) random.nextBytes(bytes);
    everywhere(disk -> disk.write(range.from(), bytes, 0));
  }

  private void ask(int command, int flags, Range range) throws IOException {
    everywhere(disk -> disk.ask(command, flags, range.from(), range.length()));
  }

  private interface Request {
    int answer(NbdClient disk) throws IOException;
  }

  private void everywhere(Request request) throws IOException {
    for (NbdClient disk : disks) assertThat(request.answer(disk)).as("error number").isZero();
  }
}
