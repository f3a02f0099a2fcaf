package dev.penstock.p2p.serve;

import dev.penstock.spi.GatewayError;

/** Whole numbers as clients write them: digits and nothing else. */
final class Digits {
  private static final int DIGITS_MAX = 19;

  private Digits() {}

  /**
   * @param what it is, for the message
   * @throws GatewayError.Invalid unless it is from 0 to 2^63 - 1
   */
  static long read(String what, String text) {
    if (text.isEmpty() || text.length() > DIGITS_MAX) throw none(what);
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      char digit = text.charAt(i);
      if (digit < '0' || digit > '9') throw none(what);
      number = number * 10 + (digit - '0');
      if (number < 0) throw none(what); // of 19 digits the last alone can be too much
    }
    return number;
  }

  private static GatewayError none(String what) {
    return new GatewayError.Invalid(what + " takes a whole number from 0 to 2^63 - 1");
  }
}
