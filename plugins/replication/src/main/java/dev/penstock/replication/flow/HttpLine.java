package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One HTTP/1.1 connection that one user has alone: a question at a time, whose answer comes before
 * the next one. When it is {@link #cut} nothing of it is sent any more, also of what was given to
 * it before: a client that closes in good order first sends what is left, and waits for a line that
 * is held up.
 *
 * <p><b>Threads.</b> Any.
 */
public final class HttpLine {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final NetSocketInternal socket;
  private final Context context;
  private volatile boolean closed;
  private Optional<Asked> asked = Optional.empty(); // the event loop's

  /**
   * @param uri the path and what is behind it
   * @param body not changed until there is an answer; perhaps empty
   */
  public record Question(String method, String uri, Map<String, String> headers, Buffer body) {}

  /**
   * @param headers by names in small letters
   */
  public record Answer(int status, Map<String, String> headers, Buffer body) {}

  /** A question that was given to a line. */
  public static final class Asked {
    private final AtomicBoolean settled = new AtomicBoolean();
    private final Promise<Answer> answer = Promise.promise();

    /** Fails with whatever the line breaks with. */
    public Future<Answer> answer() {
      return answer.future();
    }

    /**
     * Takes it back.
     *
     * @return whether no byte of it has left, nor will; else nobody knows whether it arrived
     */
    public boolean withdraw() {
      return settled.compareAndSet(false, true);
    }
  }

  /**
   * Over a socket that is connected, and has not been used. On its event loop.
   *
   * @param answerBytesMax a longer answer ends the connection
   */
  public HttpLine(NetSocket connected, Context context, int answerBytesMax) {
    this.socket = (NetSocketInternal) connected;
    this.context = context;
    ChannelHandlerContext last = socket.channelHandlerContext();
    last.pipeline().addBefore(last.name(), "http", new HttpClientCodec());
    last.pipeline().addBefore(last.name(), "whole", new HttpObjectAggregator(answerBytesMax));
    socket.messageHandler(this::came);
    socket.exceptionHandler(_ -> cut());
    socket.closeHandler(_ -> ended());
  }

  public Asked ask(Question question) {
    var next = new Asked();
    context.runOnContext(_ -> send(next, question));
    return next;
  }

  private void send(Asked next, Question question) {
    if (closed) {
      next.answer.tryFail(over());
      return;
    }
    if (!next.settled.compareAndSet(false, true)) return;
    asked = Optional.of(next);
    var request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.valueOf(question.method()),
            question.uri(),
            ((BufferInternal) question.body()).getByteBuf());
    HttpHeaders headers = request.headers();
    question.headers().forEach(headers::set);
    headers.set(HttpHeaderNames.CONTENT_LENGTH, question.body().length());
    socket.writeMessage(request).onFailure(next.answer::tryFail);
  }

  private void came(Object message) {
    try {
      Optional<Asked> waiting = asked;
      asked = Optional.empty();
      if (waiting.isEmpty()
          || !(message instanceof FullHttpResponse response)
          || response.decoderResult().isFailure()) {
        cut();
        waiting.ifPresent(one -> one.answer.tryFail(over()));
        return;
      }
      if (!HttpUtil.isKeepAlive(response)) cut();
      waiting.get().answer.tryComplete(answer(response));
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private static Answer answer(FullHttpResponse response) {
    Map<String, String> headers = new HashMap<>();
    response
        .headers()
        .forEach(one -> headers.put(one.getKey().toLowerCase(Locale.ROOT), one.getValue()));
    return new Answer(
        response.status().code(), headers, Buffer.buffer(ByteBufUtil.getBytes(response.content())));
  }

  private void ended() {
    closed = true;
    asked.ifPresent(one -> one.answer.tryFail(over()));
    asked = Optional.empty();
  }

  private static GatewayError over() {
    return new GatewayError.Unavailable(Scope.CONNECTION, ASK_AGAIN, "the connection is over");
  }

  /** Whether nothing can be asked any more. */
  public boolean isClosed() {
    return closed;
  }

  /** Ends it now. Harmless twice. */
  public void cut() {
    closed = true;
    ChannelHandlerContext first = socket.channelHandlerContext().pipeline().firstContext();
    if (first == null) return; // it is over
    var _ = first.close(); // past TLS, which would say goodbye, and past Vert.x
  }
}
