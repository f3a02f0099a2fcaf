package dev.penstock.gateway.admin;

/** So many at a time. For one event loop. */
final class Slots {
  private final int max;
  private int taken;

  Slots(int max) {
    this.max = max;
  }

  /** A slot that is given back once, however often it is closed. */
  final class Slot implements AutoCloseable {
    private boolean given;

    private Slot() {
      taken++;
    }

    @Override
    public void close() {
      if (given) return;
      given = true;
      taken--;
    }
  }

  boolean full() {
    return taken >= max;
  }

  Slot take() {
    return new Slot();
  }

  int taken() {
    return taken;
  }

  int max() {
    return max;
  }
}
