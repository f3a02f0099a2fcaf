package dev.penstock.volumes.disk;

/** The power is gone: this call did nothing, and no later one will. */
public final class PowerCut extends RuntimeException {
  private static final long serialVersionUID = 1;

  PowerCut() {
    super("the power is gone", null, false, false);
  }
}
