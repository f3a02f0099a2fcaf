package dev.penstock.spi.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** Whether two keys belong together: what the one signs, the other confirms. */
final class KeyMatch {
  private static final byte[] SAMPLE = "penstock".getBytes(US_ASCII);

  private KeyMatch() {}

  static boolean of(PrivateKey key, PublicKey certified) {
    String algorithm =
        switch (certified.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "RSASSA-PSS", "DSA" -> ""; // nothing that a client of today is shown
          case String other -> other; // Ed25519 and its kin sign under their own name
        };
    try {
      var signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(SAMPLE);
      byte[] signature = signing.sign();
      var confirming = Signature.getInstance(algorithm);
      confirming.initVerify(certified);
      confirming.update(SAMPLE);
      return confirming.verify(signature);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }
}
