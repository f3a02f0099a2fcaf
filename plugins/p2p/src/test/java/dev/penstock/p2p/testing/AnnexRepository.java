package dev.penstock.p2p.testing;

import dev.penstock.spi.content.Key;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Trixie;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** A repository of the real git-annex, in the chroot. Closing it takes it away. */
public final class AnnexRepository implements AutoCloseable {
  private final Trixie.Folder folder;
  private final String uuid;

  private AnnexRepository(Trixie.Folder folder, String uuid) {
    this.folder = folder;
    this.uuid = uuid;
  }

  public static AnnexRepository create() {
    Trixie.Folder folder = Trixie.folder();
    String inside = folder.inside("a").toString();
    String made =
        """
        git init -q %1$s && cd %1$s &&
        git config user.name test && git config user.email test@localhost &&
        git annex init -q a && git config annex.uuid
        """
            .formatted(inside);
    Peer.Result result = Peer.run(Trixie.command(env(List.of("sh", "-c", made)).toArray()));
    return new AnnexRepository(folder, result.out().strip().lines().toList().getLast());
  }

  /** What the programs want to be run with. */
  public static List<String> env(List<String> command, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8"));
    words.addAll(List.of(more));
    words.addAll(command);
    return words;
  }

  public String uuid() {
    return uuid;
  }

  /** As the programs in the chroot name it. */
  public String inside() {
    return folder.inside("a").toString();
  }

  /** The key that content has. */
  public static Key key(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return Key.parse(
          "SHA256E-s%d--%s.dat"
              .formatted(
                  content.length, HexFormat.of().formatHex(digest).toLowerCase(Locale.ROOT)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    folder.close();
  }
}
