package dev.penstock.nbd.handshake;

/**
 * What a listener says of TLS. Protocol document, "TLS versions" and "Server-side requirements".
 */
public enum Tls {
  /** It has none: STARTTLS is unsupported. */
  ABSENT,
  /** Who asks for it gets it. An export can still require it. */
  OFFERED,
  /** Nothing but STARTTLS and ABORT is understood in clear. */
  REQUIRED
}
