package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  @ParameterizedTest(name = "{0} has {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          10.0.0.0/8            | 10.255.255.255        | true
          10.0.0.0/8            | 11.0.0.0              | false
          10.0.0.0/8            | ::ffff:10.1.2.3       | true
          10.0.0.0/8            | ::10.1.2.3            | false
          192.168.1.128/25      | 192.168.1.127         | false
          192.168.1.128/25      | 192.168.1.255         | true
          192.0.2.7             | 192.0.2.7             | true
          192.0.2.7             | 192.0.2.6             | false
          192.0.2.7/32          | 192.0.2.7             | true
          0.0.0.0/0             | 203.0.113.9           | true
          0.0.0.0/0             | 2001:db8::1           | false
          ::/0                  | 2001:db8::1           | true
          ::/0                  | 203.0.113.9           | false
          2001:db8::/32         | 2001:db8:ffff::1      | true
          2001:db8::/32         | 2001:db9::1           | false
          2001:DB8::/33         | 2001:db8:7fff::1      | true
          2001:db8::/33         | 2001:db8:8000::1      | false
          ::1                   | ::1                   | true
          ::1/128               | 127.0.0.1             | false
          ::ffff:10.0.0.0/104   | 10.9.9.9              | true
          ::ffff:10.0.0.0/104   | 11.0.0.1              | false
          ::ffff:192.0.2.7      | 192.0.2.7             | true
          """)
  void containsWhatItsPrefixSays(String network, String address, boolean contained) {
    assertThat(Network.parse(network).contains(InetAddress.ofLiteral(address)))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/8x",
        "10.0.0.0/8 ",
        " 10.0.0.0/8",
        "10.0.0.0/08",
        "10.0.0.0/8/8",
        "10.0.0.0/+8",
        "10.0.0",
        "10",
        "010.0.0.0/8",
        "300.0.0.0/8",
        "10.0.0.0.0/8",
        "0x0a.0.0.0",
        "::/129",
        "1::2::3",
        "[::1]",
        "fe80::1%eth0",
        "::ffff:10.0.0.0/95",
        "localhost",
        "example.org/24",
        "anybody"
      })
  void whatIsNoNetworkIsRefusedWhole(String text) {
    assertThatThrownBy(() -> Network.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no network");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          10.1.0.0/8     | 10.0.0.0/8
          192.0.2.1/0    | 0.0.0.0/0
          2001:db8::1/32 | 2001:db8::/32
          """)
  void bitsBehindThePrefixAreAMistakeThatNamesWhatWouldBeRight(String text, String right) {
    assertThatThrownBy(() -> Network.parse(text)).hasMessageContaining("write " + right + ",");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::/0",
        "2001:db8::/32",
        "192.0.2.7",
        "::1",
        "fe80::/10"
      })
  void itIsWrittenAsItIsRead(String text) {
    assertThat(Network.parse(text)).hasToString(text);
  }

  @Property
  void membershipIsEqualityOfTheLeadingBits(
      @ForAll @Size(4) byte[] one,
      @ForAll @Size(4) byte[] other,
      @ForAll @IntRange(max = 32) int bits)
      throws UnknownHostException {
    agreesWithArithmetic(one, other, bits);
  }

  @Property
  void membershipIsEqualityOfTheLeadingBitsForLongAddresses(
      @ForAll @Size(16) byte[] one,
      @ForAll @Size(16) byte[] other,
      @ForAll @IntRange(max = 128) int bits)
      throws UnknownHostException {
    one[0] |= 0x20; // not a mapped one
    agreesWithArithmetic(one, other, bits);
  }

  private static void agreesWithArithmetic(byte[] one, byte[] other, int bits)
      throws UnknownHostException {
    int shift = one.length * Byte.SIZE - bits;
    BigInteger start = new BigInteger(1, one).shiftRight(shift).shiftLeft(shift);
    byte[] first = new byte[one.length];
    byte[] digits = start.toByteArray();
    for (int i = 0; i < Math.min(digits.length, first.length); i++) {
      first[first.length - 1 - i] = digits[digits.length - 1 - i];
    }
    var network = Network.parse(InetAddress.getByAddress(first).getHostAddress() + "/" + bits);
    boolean expected = new BigInteger(1, other).shiftRight(shift).equals(start.shiftRight(shift));

    assertThat(network.contains(InetAddress.getByAddress(other))).isEqualTo(expected);
    assertThat(network.contains(InetAddress.getByAddress(one))).isTrue();
  }
}
