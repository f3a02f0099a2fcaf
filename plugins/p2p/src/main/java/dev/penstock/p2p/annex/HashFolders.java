package dev.penstock.p2p.annex;

import dev.penstock.spi.content.Key;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The two levels of folders that a key's files are in, so that none has too many. All chunks of a
 * key are where the key is. Source: git-annex's {@code doc/internals/hashing}.
 *
 * @param lower of small letters: in bare repositories, and in the location log
 * @param mixed of letters of both cases: in repositories with a working tree
 */
record HashFolders(String lower, String mixed) {
  private static final String LETTERS = "0123456789zqjxkmvwgpfZQJXKMVWGPF";
  private static final int BITS_A_LETTER = 6;

  static HashFolders of(Key key) {
    byte[] digest = md5(WholeKey.bytes(key));
    String hex = HexFormat.of().formatHex(digest);
    int word = ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN).getInt();
    return new HashFolders(
        hex.substring(0, 3) + "/" + hex.substring(3, 6),
        "" + letter(word, 1) + letter(word, 0) + "/" + letter(word, 3) + letter(word, 2));
  }

  private static char letter(int word, int index) {
    return LETTERS.charAt((word >>> (BITS_A_LETTER * index)) & 31);
  }

  private static byte[] md5(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no MD5", e);
    }
  }
}
