package dev.penstock.p2p.remote;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Why a server cannot be reached, for whoever has to do something about it. */
final class Reason {
  /** Each layer puts its own word around the one below. */
  private static final int LAYERS_MAX = 16;

  private Reason() {}

  static String of(Throwable why) {
    boolean isTls = false;
    boolean isCertificate = false;
    Throwable last = why;
    Optional<Throwable> layer = Optional.of(why);
    for (int i = 0; i < LAYERS_MAX && layer.isPresent(); i++) {
      last = layer.get();
      isTls |= last instanceof SSLException;
      isCertificate |= isAboutCertificate(last);
      layer = Optional.ofNullable(last.getCause());
    }
    if (isCertificate)
      return """
      its certificate is not accepted: %s; \
      who signed it has to be in the file that ca names, and url has to have a name that is in it\
      """
          .formatted(last.getMessage());
    return isTls
        ? "TLS does not come about: " + last.getMessage()
        : String.valueOf(why.getMessage());
  }

  private static boolean isAboutCertificate(Throwable why) {
    return why instanceof CertificateException
        || why instanceof CertPathBuilderException
        || why instanceof CertPathValidatorException;
  }
}
