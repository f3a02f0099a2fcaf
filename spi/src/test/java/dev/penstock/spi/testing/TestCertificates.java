package dev.penstock.spi.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/**
 * An authority and what it signed, made by openssl under the names that NBD clients look for: {@code
 * ca-cert.pem}, {@code server-cert.pem}, {@code client-cert.pem}, and their keys.
 */
public final class TestCertificates {
  private final Path folder;

  /** A new authority, and a server and a client of it. */
  public static TestCertificates in(Path folder) {
    var made = new TestCertificates(folder);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    made.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90"
            + " -subj /CN=authority -keyout ca-key.pem -out ca-cert.pem");
    made.issue("server", 90);
    made.issue("client", 90);
    return made;
  }

  private TestCertificates(Path folder) {
    this.folder = folder;
  }

  /** Issues {@code NAME-cert.pem} and a new {@code NAME-key.pem}, in the place of older ones. */
  public void issue(String name, int days) {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout new-key.pem"
            + " -out new.csr -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
            + " -subj /O=penstock/CN=" + name);
    openssl(
        "x509 -req -in new.csr -CA ca-cert.pem -CAkey ca-key.pem -CAcreateserial"
            + " -copy_extensions copy -out new-cert.pem -days " + days);
    move("new-key.pem", name + "-key.pem");
    move("new-cert.pem", name + "-cert.pem");
  }

  private void move(String from, String to) {
    try {
      Files.move(file(from), file(to), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs openssl; names of files are names in the folder. */
  private void openssl(String arguments) {
    Peer.run(
        Stream.concat(Stream.of("openssl"), Stream.of(arguments.split(" ")))
            .<Object>map(word -> word.matches("[a-z-]+\\.(pem|csr)") ? file(word) : word)
            .toArray());
  }

  public Path folder() {
    return folder;
  }

  public Path file(String name) {
    return folder.resolve(name);
  }
}
