package dev.penstock.nbd.config;

import io.netty.util.NetUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * A network in CIDR notation: {@code 10.0.0.0/8}, {@code 2001:db8::/32}; an address alone is a
 * network of one. IPv4 addresses that are mapped into IPv6 are IPv4. Pure.
 *
 * @param address its first address: no bit is set behind the prefix
 */
public record Network(InetAddress address, int prefixBits) {
  private static final Pattern IPV4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern PREFIX = Pattern.compile("0|[1-9]\\d{0,2}");
  private static final int IPV4_BITS = 32;

  /** Behind how many bits of an IPv6 address a mapped IPv4 address begins. */
  private static final int MAPPED_BITS = 96;

  /**
   * Reads a network. Never asks a name server.
   *
   * @throws IllegalArgumentException if it is none; the message says why, and what would be one
   */
  public static Network parse(String text) {
    int slash = text.indexOf('/');
    String host = slash < 0 ? text : text.substring(0, slash);
    InetAddress address = address(host, text);
    boolean mapped = address instanceof Inet4Address && host.indexOf(':') >= 0;
    int bits = address.getAddress().length * Byte.SIZE;
    int prefixBits = bits;
    if (slash >= 0) {
      String prefix = text.substring(slash + 1);
      int written = PREFIX.matcher(prefix).matches() ? Integer.parseInt(prefix) : -1;
      prefixBits = mapped && written >= 0 ? written - MAPPED_BITS : written;
      if (prefixBits < 0 || prefixBits > bits) {
        int least = mapped ? MAPPED_BITS : 0;
        int most = mapped ? MAPPED_BITS + IPV4_BITS : bits;
        throw new IllegalArgumentException(
            "\"%s\" is no network: behind the slash stands a number from %d to %d"
                .formatted(text, least, most));
      }
    }
    InetAddress first = first(address, prefixBits);
    var network = new Network(first, prefixBits);
    if (!first.equals(address)) {
      throw new IllegalArgumentException(
          "\"%s\" has bits behind its prefix; write %s, or a longer prefix"
              .formatted(text, network));
    }
    return network;
  }

  private static InetAddress address(String host, String text) {
    if (IPV4.matcher(host).matches() || IPV6.matcher(host).matches()) {
      try {
        return InetAddress.ofLiteral(host);
      } catch (IllegalArgumentException _) {
        // It looks like an address, and is none: 300.1.1.1, 1::2::3.
      }
    }
    throw new IllegalArgumentException(
        "\"%s\" is no network; write 10.0.0.0/8, 2001:db8::/32, an address, local or all"
            .formatted(text));
  }

  /** Whether an address is in it. One of the other family never is. */
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = unmapped(other).getAddress();
    if (ours.length != theirs.length) return false;
    int whole = prefixBits / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (ours[i] != theirs[i]) return false;
    }
    int rest = prefixBits % Byte.SIZE;
    return rest == 0 || (ours[whole] & mask(rest)) == (theirs[whole] & mask(rest));
  }

  /** Whether all of another network is in it. */
  boolean contains(Network other) {
    return prefixBits <= other.prefixBits && contains(other.address);
  }

  /** Java makes IPv4 of what is mapped, but for addresses that were made from their bytes. */
  private static InetAddress unmapped(InetAddress address) {
    if (address instanceof Inet4Address) return address;
    return InetAddress.ofLiteral(NetUtil.toAddressString(address));
  }

  private static InetAddress first(InetAddress address, int prefixBits) {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(prefixBits - (long) i * Byte.SIZE, 0, Byte.SIZE);
      bytes[i] &= (byte) mask(kept);
    }
    return InetAddress.ofLiteral(NetUtil.bytesToIpAddress(bytes));
  }

  private static int mask(int bits) {
    return 0xff00 >> bits & 0xff;
  }

  /** As it is written: RFC 5952 for IPv6; an address alone without its prefix. */
  @Override
  public String toString() {
    String text = NetUtil.toAddressString(address);
    return prefixBits == address.getAddress().length * Byte.SIZE ? text : text + "/" + prefixBits;
  }
}
