package dev.penstock.replication.flow;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BodyWriterTest {
  /** Netty's exceptions of a connection are checked ones. */
  @Test
  void aConnectionThatIsCutIsNoErrorOfTheVolume() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      var writer =
          new BodyWriter(new Cut(), vertx.getOrCreateContext(), "peer b", Duration.ofSeconds(10));
      writer.write(ByteBuffer.allocate(1));

      assertThatExceptionOfType(GatewayError.Unavailable.class)
          .isThrownBy(writer::settle)
          .withMessageContaining("the connection to peer b broke")
          .matches(broken -> broken.scope() == Scope.CONNECTION);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private static final class Cut implements WriteStream<Buffer> {
    @Override
    public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public Future<Void> write(Buffer data) {
      return Future.failedFuture(new ClosedChannelException());
    }

    @Override
    public Future<Void> end() {
      return Future.succeededFuture();
    }

    @Override
    public WriteStream<Buffer> setWriteQueueMaxSize(int maxSize) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
      return this;
    }
  }
}
