package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway of the distribution that serves content over HTTP, on a port of the loopback. */
final class AnnexGateway implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("p2p.*tcp://127\\.0\\.0\\.1:(\\d+)");

  private final PackagedGateway gateway;
  private final int port;

  private AnnexGateway(PackagedGateway gateway) {
    this.gateway = gateway;
    Matcher at = PORT.matcher(gateway.log());
    if (!at.find()) throw new AssertionError("it does not say where it serves: " + gateway.log());
    this.port = Integer.parseInt(at.group(1));
  }

  /**
   * @param settings of the module, without where it listens
   */
  static AnnexGateway serving(Path folder, String settings) {
    String module = "    listen: [ \"tcp://127.0.0.1:0\" ]\n" + settings.indent(4);
    return new AnnexGateway(PackagedGateway.serving(folder, "modules:\n  p2p:\n" + module).start());
  }

  /** For {@code remote.NAME.annexUrl}. */
  String url() {
    return "annex+http://127.0.0.1:%d/".formatted(port);
  }

  int port() {
    return port;
  }

  String http() {
    return "http://127.0.0.1:%d".formatted(port);
  }

  PackagedGateway gateway() {
    return gateway;
  }

  void await(Callable<Boolean> something) {
    gateway.await(something);
  }

  /** Of content, into all repositories. */
  long receivedBytes() {
    try {
      return gateway
          .admin()
          .get("/v1/p2p/repositories")
          .json()
          .getJsonArray("repositories")
          .stream()
          .mapToLong(one -> ((JsonObject) one).getLong("received_bytes"))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    assertThat(gateway.isAlive()).as(gateway.log()).isTrue();
    gateway.close();
  }
}
