package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
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
    return new AnnexGateway(
        PackagedGateway.serving(folder, "modules:\n  p2p:\n" + module).start());
  }

  /** For {@code remote.NAME.annexUrl}. */
  String url() {
    return "annex+http://127.0.0.1:%d/".formatted(port);
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

  /** Lines of its log about puts of these keys that went on from what had come before. */
  List<String> resumed(Collection<String> keys) {
    return gateway.log().lines()
        .filter(line -> line.contains("resumed") && keys.stream().anyMatch(line::contains))
        .toList();
  }

  @Override
  public void close() {
    assertThat(gateway.isAlive()).as(gateway.log()).isTrue();
    gateway.close();
  }
}
