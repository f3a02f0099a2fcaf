package dev.penstock.p2p.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.spi.GatewayError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Who this gateway is to a server. */
final class Authorization {
  /** A password that is longer is the wrong file. */
  private static final int BYTES_MAX = 4096;

  private Authorization() {}

  /** The header's value. git-annex takes the alphabet of base64url alone: the specification, §1. */
  static String basic(String user, String password) {
    byte[] both = (user + ":" + password).getBytes(UTF_8);
    return "Basic " + Base64.getUrlEncoder().encodeToString(both);
  }

  /** The first line of the file. Blocks. {@link GatewayError.Invalid} if there is none. */
  static String password(Path file) {
    try {
      if (Files.size(file) > BYTES_MAX)
        throw new GatewayError.Invalid(file + " is too long for a password");
      String first = Files.readString(file).lines().findFirst().orElse("");
      if (first.isEmpty()) throw new GatewayError.Invalid(file + " has no password in it");
      return first;
    } catch (IOException e) {
      throw new GatewayError.Invalid(
          "%s cannot be read, and should hold a password: %s".formatted(file, e.getMessage()));
    }
  }
}
