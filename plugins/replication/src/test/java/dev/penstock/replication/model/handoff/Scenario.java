package dev.penstock.replication.model.handoff;

/**
 * How much may happen: everything else may happen any number of times.
 *
 * @param gateways two or three
 * @param migrations how many are begun, by whoever owns it then, to any other
 * @param writes how many clients issue, at most two, one after another
 * @param force whether an operator takes it by force, once
 * @param replaced what is found at the source's machine once it was replaced after it had decided
 */
record Scenario(int gateways, int migrations, int writes, boolean force, Replaced replaced) {
  enum Replaced {
    /** It is not replaced. */
    NEVER,
    /** Nothing. */
    BY_A_BLANK_ONE,
    /** A new volume of the same name. */
    BY_ONE_WITH_A_NEW_VOLUME
  }

  static Scenario of(int gateways, int migrations, int writes) {
    return new Scenario(gateways, migrations, writes, false, Replaced.NEVER);
  }

  Scenario withForce() {
    return new Scenario(gateways, migrations, writes, true, replaced);
  }

  Scenario replaced(Replaced by) {
    return new Scenario(gateways, migrations, writes, force, by);
  }
}
