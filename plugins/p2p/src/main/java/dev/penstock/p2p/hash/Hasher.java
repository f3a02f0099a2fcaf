package dev.penstock.p2p.hash;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.Digest;

/** Takes bytes, and then says once what they come to. Threads: one at a time. */
interface Hasher {
  void update(byte[] bytes, int offset, int lengthBytes);

  byte[] finish();

  /** One of the JDK's, which the processor helps with where it can. */
  static Hasher ofJdk(String algorithm) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + algorithm, e);
    }
    return new Hasher() {
      @Override
      public void update(byte[] bytes, int offset, int lengthBytes) {
        digest.update(bytes, offset, lengthBytes);
      }

      @Override
      public byte[] finish() {
        return digest.digest();
      }
    };
  }

  /** One of Bouncy Castle's, for what the JDK has not. */
  static Hasher of(Digest digest) {
    return new Hasher() {
      @Override
      public void update(byte[] bytes, int offset, int lengthBytes) {
        digest.update(bytes, offset, lengthBytes);
      }

      @Override
      public byte[] finish() {
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return hash;
      }
    };
  }
}
