package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that comes from a server, and every way in which it does not come whole. */
class RemoteGettingTest extends ScriptedServer {
  private static void content(HttpServerRequest request, long length, String bytes) {
    var _ = request.response().setChunked(true).putHeader(LENGTH, Long.toString(length)).end(bytes);
  }

  private Bodies.Read read() {
    return done(_ -> reading());
  }

  private Future<Bodies.Read> reading() {
    return store.get(KEY, FILE, 2, caller(4)).compose(Bodies::read);
  }

  @Test
  void contentComesFromAnOffset() {
    open(request -> content(request, 4, "cdef"));

    Bodies.Read read = read();
    assertThat(read.text()).isEqualTo("cdef");
    assertThat(read.valid()).isTrue();
    assertThat(asked)
        .containsExactly(
            "GET /x/git-annex/u-1/v4/key/SHA256E-s6--abc.txt?clientuuid=c-1&associatedfile=a%20b&offset=2&bypass=g%201");
  }

  @Test
  void contentThatIsShorterThanWasSaidIsNotValid() {
    open(request -> content(request, 4, "cde"));

    assertThat(read().valid()).isFalse();
  }

  @Test
  void contentThatIsLongerThanWasSaidIsCutAndNotValid() {
    open(request -> content(request, 4, "cdefgh"));

    Bodies.Read read = read();
    assertThat(read.text()).isEqualTo("cdef");
    assertThat(read.valid()).isFalse();
  }

  @Test
  void contentWithoutALengthIsRefused() {
    open(request -> {
      var _ = request.response().setChunked(true).end("cdef");
    });

    assertThat(failure(s -> s.get(KEY, FILE, 0, caller(4))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining(LENGTH);
  }

  @ParameterizedTest(name = "present: {0}")
  @ValueSource(booleans = {true, false})
  void noBytesAreNoContentOnlyIfItIsNotThere(boolean present) {
    open(request -> {
      if (path(request).contains("/key/")) content(request, 0, "");
      else answering(200, "{\"present\":" + present + "}").accept(request);
    });

    var got = Settled.settled(Bodies.on(vertx, this::reading));
    assertThat(got.succeeded()).isEqualTo(present);
    if (!present) assertThat(got.cause()).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void aConnectionThatDiesInTheMiddleFailsTheContent() {
    open(request -> {
      var response = request.response().setChunked(true).putHeader(LENGTH, "4");
      response.write("cd").onComplete(_ -> request.connection().close());
    });

    assertThat(failure(_ -> reading())).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void aServerThatSendsNoMoreIsGivenUp() {
    open(
        request -> {
          var _ = request.response().setChunked(true).putHeader(LENGTH, "4").write("cd");
        },
        Map.of("stall_limit", "100ms"));

    assertThat(failure(_ -> reading()))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("does not answer in time");
    Awaitility.await().until(() -> connections.get() == 0);
  }

  @Test
  void contentThatIsGivenUpEndsItsConnection() {
    open(request -> {
      var _ = request.response().setChunked(true).putHeader(LENGTH, "4").write("cd");
    });

    done(s -> s.get(KEY, FILE, 0, caller(4)).onSuccess(Content::close));
    Awaitility.await().until(() -> connections.get() == 0);
  }
}
