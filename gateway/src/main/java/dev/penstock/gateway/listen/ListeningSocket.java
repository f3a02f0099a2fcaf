package dev.penstock.gateway.listen;

import dev.penstock.spi.module.ListenAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a descriptor of this process listens, as {@code /proc} tells. */
final class ListeningSocket {
  private static final Pattern LINK = Pattern.compile("socket:\\[(\\d+)]");

  private ListeningSocket() {}

  /** Empty if it is no socket, or none that listens, or of a family that is not served. */
  static Optional<ListenAddress> of(int descriptor) {
    try {
      Matcher link =
          LINK.matcher(
              Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString());
      return link.matches() ? ofInode(link.group(1)) : Optional.empty();
    } catch (IOException _) {
      return Optional.empty();
    }
  }

  private static Optional<ListenAddress> ofInode(String inode) {
    return SocketHolder.listeningPort(inode)
        .<ListenAddress>map(ListeningSocket::tcp)
        .or(() -> SocketHolder.listeningPath(inode).map(ListenAddress.Unix::new));
  }

  /** {@code 0100007F:2A39}: the address in words of the machine's own order, then the port. */
  private static ListenAddress.Tcp tcp(String hex) {
    int colon = hex.indexOf(':');
    byte[] address = new byte[colon / 2];
    for (int i = 0; i < address.length; i++) {
      int at = (i & ~3) + (3 - (i & 3)); // little-endian, the one order of x86-64 and of arm64
      address[i] = (byte) Integer.parseInt(hex.substring(2 * at, 2 * at + 2), 16);
    }
    int port = Integer.parseInt(hex.substring(colon + 1), 16);
    try {
      return new ListenAddress.Tcp(InetAddress.getByAddress(address).getHostAddress(), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of %d bytes".formatted(address.length), e);
    }
  }
}
