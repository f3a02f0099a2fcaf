package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.content.Key;
import java.io.ByteArrayOutputStream;
import java.util.List;

/**
 * Where things are in a repository.
 *
 * @param git the folder of git: {@code .git}, or all of a bare repository
 */
record Layout(RawPath git, boolean isBare) {
  /** The folder that everything of git-annex is in. */
  RawPath annex() {
    return git.resolve("annex");
  }

  /** Where the content of a key may be. New content is put at the first. */
  List<ObjectPath> objects(Key key) {
    HashFolders folders = HashFolders.of(key);
    byte[] name = KeyFile.of(key);
    ObjectPath lower = object(folders.lower(), name);
    ObjectPath mixed = object(folders.mixed(), name);
    return isBare ? List.of(lower, mixed) : List.of(mixed, lower);
  }

  private ObjectPath object(String hashed, byte[] name) {
    RawPath folder = objects().resolve(hashed).resolve(name);
    return new ObjectPath(folder, folder.resolve(name));
  }

  RawPath objects() {
    return annex().resolve("objects");
  }

  /** For content that is not complete yet. */
  RawPath temporary() {
    return annex().resolve("tmp");
  }

  /** The part of a key's content that has come, for whoever goes on with it. */
  RawPath partial(Key key) {
    return temporary().resolve(KeyFile.of(key));
  }

  /** Whoever fetches a key's content into {@link #partial} has a lock on it. */
  RawPath transferLock(Key key) {
    return transferLocks().resolve(joined("lck.".getBytes(US_ASCII), KeyFile.of(key)));
  }

  RawPath transferLocks() {
    return annex().resolve("transfer/download/lck");
  }

  /** Files of the branch {@code git-annex} that are not committed yet. */
  RawPath journal() {
    return annex().resolve("journal");
  }

  RawPath journalLock() {
    return annex().resolve("journal.lck");
  }

  /** A key's location log in the branch {@code git-annex}. */
  static byte[] log(Key key) {
    byte[] folder = (HashFolders.of(key).lower() + "/").getBytes(US_ASCII);
    return joined(joined(folder, KeyFile.of(key)), ".log".getBytes(US_ASCII));
  }

  /** What a file of the branch is called in {@link #journal}, which has no folders. */
  RawPath journalled(byte[] branchFile) {
    var name = new ByteArrayOutputStream(branchFile.length + 16);
    for (byte one : branchFile)
      switch (one) {
        case '/' -> name.write('_');
        case '_' -> name.writeBytes(new byte[] {'_', '_'});
        default -> name.write(one);
      }
    return journal().resolve(name.toByteArray());
  }

  private static byte[] joined(byte[] first, byte[] second) {
    var out = new ByteArrayOutputStream(first.length + second.length);
    out.writeBytes(first);
    out.writeBytes(second);
    return out.toByteArray();
  }
}
