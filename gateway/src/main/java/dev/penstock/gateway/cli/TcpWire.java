package dev.penstock.gateway.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** TCP, with TLS if the URL says https. */
final class TcpWire implements Wire {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private TcpWire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
  }

  static TcpWire connect(String host, int port, Duration limit) throws IOException {
    Socket socket = new Socket();
    try {
      open(socket, host, port, limit);
      return new TcpWire(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * @param authority whom to trust; the JDK's authorities if empty
   */
  static TcpWire connectTls(String host, int port, Optional<Path> authority, Duration limit)
      throws IOException, GeneralSecurityException {
    Socket plain = new Socket();
    try {
      open(plain, host, port, limit);
      var socket =
          (SSLSocket) context(authority).getSocketFactory().createSocket(plain, host, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS"); // or any certificate would do
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return new TcpWire(socket);
    } catch (IOException | GeneralSecurityException e) {
      plain.close();
      throw e;
    }
  }

  private static void open(Socket socket, String host, int port, Duration limit)
      throws IOException {
    socket.connect(new InetSocketAddress(host, port), (int) CONNECT_LIMIT.toMillis());
    socket.setSoTimeout((int) limit.toMillis());
    socket.setTcpNoDelay(true);
  }

  private static SSLContext context(Optional<Path> authority)
      throws IOException, GeneralSecurityException {
    if (authority.isEmpty()) return SSLContext.getDefault();
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null, null);
    try (InputStream pem = Files.newInputStream(authority.get())) {
      int n = 0;
      for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem))
        trusted.setCertificateEntry("authority-" + n++, one);
    }
    var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, managers.getTrustManagers(), null);
    return context;
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
