package dev.penstock.gateway.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.penstock.gateway.ExitCode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;

/**
 * Calls the admin API. A connection per call, so that nothing is left to clean up. It is written
 * with sockets, because the libraries of the daemon take longer to start than a call takes.
 */
final class AdminClient {
  /** More than the gateway gives its own handlers, so that its answer is what people see. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(90);

  /** For installing plugins, which stops and starts things. */
  static final int COPY_BYTES = 64 << 10;

  static final ObjectMapper JSON = new ObjectMapper();

  private final Reach.Target target;

  AdminClient(Reach.Target target) {
    this.target = target;
  }

  /** One segment of a path. */
  static String segment(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) {
    return call("GET", path, Optional.empty(), Map.of()).body();
  }

  JsonNode send(String method, String path) {
    return call(method, path, Optional.empty(), Map.of()).body();
  }

  JsonNode send(String method, String path, JsonNode body) {
    return call(method, path, Optional.of(body), Map.of()).body();
  }

  /** What came back: an empty object if nothing did. */
  record Called(JsonNode body, Optional<String> etag) {}

  Called call(String method, String path, Optional<JsonNode> body, Map<String, String> headers) {
    byte[] bytes = body.map(b -> b.toString().getBytes(StandardCharsets.UTF_8)).orElse(new byte[0]);
    Map<String, String> all = new LinkedHashMap<>(headers);
    if (body.isPresent()) all.put("Content-Type", "application/json");
    try (Wire wire = connect()) {
      HttpAnswer answer = exchange(wire, method, path, all, bytes.length, out -> out.write(bytes));
      String text = succeeded(answer).text();
      return new Called(
          text.isBlank() ? JSON.createObjectNode() : JSON.readTree(text),
          Optional.ofNullable(answer.headers().get("etag")));
    } catch (JsonProcessingException e) {
      throw new Failure(ExitCode.UNREACHABLE, "what answers at " + target + " is no gateway");
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** Sends a file as the body. */
  JsonNode upload(String path, String type, Path file) {
    try (Wire wire = connect();
        InputStream from = Files.newInputStream(file)) {
      HttpAnswer answer =
          exchange(
              wire,
              "PUT",
              path,
              Map.of("Content-Type", type),
              Files.size(file),
              out -> from.transferTo(out));
      return JSON.readTree(succeeded(answer).text());
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** Reads a body as it comes, for as long as it comes. */
  interface Reader {
    void read(InputStream body) throws IOException;
  }

  void stream(String path, Map<String, String> headers, Reader reader) {
    try (Wire wire = connect()) {
      HttpAnswer answer = exchange(wire, "GET", path, headers, 0, _ -> {});
      reader.read(succeeded(answer).body());
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private Wire connect() {
    try {
      return switch (target) {
        case Reach.Target.Unix(var path) -> UnixWire.connect(path, READ_LIMIT);
        case Reach.Target.Tcp tcp when tcp.tls() ->
            TcpWire.connectTls(host(tcp.url()), tcp.port(), tcp.authority(), READ_LIMIT);
        case Reach.Target.Tcp tcp -> TcpWire.connect(host(tcp.url()), tcp.port(), READ_LIMIT);
      };
    } catch (IOException | GeneralSecurityException e) {
      throw unreachable(e);
    }
  }

  private static String host(URI url) {
    String host = url.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private interface Body {
    void write(OutputStream out) throws IOException;
  }

  private HttpAnswer exchange(
      Wire wire, String method, String path, Map<String, String> headers, long length, Body body)
      throws IOException {
    OutputStream out = wire.out();
    InputStream in = new BufferedInputStream(wire.in());
    try {
      out.write(head(method, path, headers, length).getBytes(StandardCharsets.ISO_8859_1));
      body.write(out);
      out.flush();
    } catch (IOException sending) {
      return refusedEarly(in, sending);
    }
    return HttpAnswer.read(in);
  }

  /** The gateway stopped reading: mostly because it said why not. */
  private static HttpAnswer refusedEarly(InputStream in, IOException sending) throws IOException {
    try {
      return HttpAnswer.read(in);
    } catch (IOException e) {
      sending.addSuppressed(e);
      throw sending;
    }
  }

  private String head(String method, String path, Map<String, String> headers, long length) {
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\nConnection: close\r\n");
    switch (target) {
      case Reach.Target.Unix _ -> head.append("Host: localhost\r\n");
      case Reach.Target.Tcp tcp -> {
        head.append("Host: ").append(tcp.url().getRawAuthority()).append("\r\n");
        tcp.token().ifPresent(t -> head.append("Authorization: Bearer ").append(t).append("\r\n"));
      }
    }
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (length > 0 || headers.containsKey("Content-Type"))
      head.append("Content-Length: ").append(length).append("\r\n");
    return head.append("\r\n").toString();
  }

  private static HttpAnswer succeeded(HttpAnswer answer) throws IOException {
    if (answer.status() < 300) return answer;
    JsonNode problem = JSON.createObjectNode();
    String text = answer.text();
    try {
      if (!text.isBlank()) problem = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      // No problem body: the status says what there is to say.
    }
    String detail = problem.path("detail").asText("the gateway answered " + answer.status());
    String id = problem.path("id").asText("");
    if (answer.status() == 500 && !id.isEmpty()) detail += "\n(its log has more under " + id + ")";
    throw new Failure(exitOf(answer.status(), problem.path("type").asText("")), detail);
  }

  static ExitCode exitOf(int status, String type) {
    if (type.endsWith(":damaged")) return ExitCode.DAMAGED;
    if (type.endsWith(":no-such-path")) return ExitCode.FAILED;
    return switch (status) {
      case 400, 413, 415 -> ExitCode.USAGE;
      case 401, 403 -> ExitCode.DENIED;
      case 404 -> ExitCode.NOT_FOUND;
      case 409, 412 -> ExitCode.CONFLICT;
      default -> ExitCode.FAILED;
    };
  }

  private Failure unreachable(Exception e) {
    return switch (e) {
      case SSLException tls ->
          new Failure(
              ExitCode.UNREACHABLE,
              "%s cannot be trusted: %s\nName the authority that signed its certificate with --cacert."
                  .formatted(target, tls.getMessage()));
      case UnknownHostException _ ->
          new Failure(ExitCode.UNREACHABLE, "nobody knows the host of " + target);
      case GeneralSecurityException _ ->
          new Failure(ExitCode.USAGE, "the file of --cacert holds no certificate in PEM");
      default -> notThere(e);
    };
  }

  private Failure notThere(Exception e) {
    if (!(target instanceof Reach.Target.Unix(var path)))
      return new Failure(
          ExitCode.UNREACHABLE,
          "no gateway answers at %s (%s).\nIs it running, with admin.listen set?"
              .formatted(target, reason(e)));
    if (reason(e).contains("ermission denied"))
      return new Failure(
          ExitCode.DENIED,
          "you may not use the admin socket %s.\nRun as the user of the gateway, or use --url with a token."
              .formatted(path));
    return new Failure(
        ExitCode.UNREACHABLE,
        "no gateway answers at %s.\nStart one with \"penstock run CONFIG\", or say where it is: --socket PATH or --url URL."
            .formatted(path));
  }

  private Failure broken(IOException e) {
    return switch (e) {
      case SocketTimeoutException _ ->
          new Failure(
              ExitCode.UNREACHABLE,
              "%s did not answer for %d s; what was asked for may still happen"
                  .formatted(target, READ_LIMIT.toSeconds()));
      case EOFException _ ->
          new Failure(
              ExitCode.UNREACHABLE,
              "%s stopped in the middle of its answer: %s".formatted(target, reason(e)));
      case ConnectException _ -> notThere(e);
      default ->
          new Failure(
              ExitCode.UNREACHABLE, "the talk with %s broke off: %s".formatted(target, reason(e)));
    };
  }

  private static String reason(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
