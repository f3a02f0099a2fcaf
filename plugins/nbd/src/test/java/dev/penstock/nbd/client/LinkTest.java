package dev.penstock.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One connection, whose socket does what a test says. */
class LinkTest {
  /** A socket that takes nothing until it is told how that ended. */
  private static final class Socket extends ChannelOutboundHandlerAdapter {
    private final List<ChannelPromise> taken = new ArrayList<>();
    private boolean broken;

    @Override
    public void write(ChannelHandlerContext to, Object message, ChannelPromise promise) {
      ReferenceCountUtil.release(message);
      if (broken) promise.tryFailure(new ClosedChannelException());
      else if (!promise.isVoid()) taken.add(promise);
    }

    void sends() {
      taken.forEach(ChannelPromise::setSuccess);
      taken.clear();
    }

    void breaks() {
      taken.forEach(promise -> promise.setFailure(new ClosedChannelException()));
      taken.clear();
    }
  }

  /** Notes what a link says. */
  private static final class Notes implements Link.Owner {
    private final List<Request> answered = new ArrayList<>();
    private final List<Request> unanswered = new ArrayList<>();
    private final List<Link.Why> lost = new ArrayList<>();

    @Override
    public void ready(Link link, Offer offer) {}

    @Override
    public void answered(Request request) {
      answered.add(request);
    }

    @Override
    public void lost(Link link, Link.Why why, Throwable cause) {
      lost.add(why);
    }

    @Override
    public void unanswered(Request request) {
      unanswered.add(request);
    }
  }

  private static final Link.Limits LIMITS =
      new Link.Limits(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(60));

  private final Socket socket = new Socket();
  private final Notes notes = new Notes();
  private final Link link =
      new Link(ServerUri.parse("nbd://host", Path.of("/")).orElseThrow(), Optional.empty(), notes);
  private final EmbeddedChannel channel = new EmbeddedChannel(socket, link);
  private final Request write =
      Request.write(0, ByteBuffer.allocate(512), false, System.nanoTime());

  @BeforeEach
  void isLetIn() {
    channel.writeInbound(
        Unpooled.buffer()
            .writeLong(Wire.NBDMAGIC)
            .writeLong(ClientHandshake.OLD_STYLE_MAGIC)
            .writeLong(4096)
            .writeInt(Wire.EXPORT_HAS_FLAGS)
            .writeZero(124));
    write.cookie = 7;
  }

  @AfterEach
  void leaves() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf reply(int error, long cookie) {
    return Unpooled.buffer().writeInt(Wire.SIMPLE_REPLY_MAGIC).writeInt(error).writeLong(cookie);
  }

  private void refuses(Request request) {
    channel.writeInbound(reply(ErrorNumber.EPERM.code(), request.cookie));
  }

  @Test
  void aWriteThatIsRefusedEarlyEndsWhenItsDataHasLeft() {
    link.send(write);
    refuses(write);
    assertThat(notes.answered).as("the socket still reads its bytes").isEmpty();

    socket.sends();

    assertThat(notes.answered).containsExactly(write);
    assertThat(link.outstanding()).isZero();
    assertThat(notes.lost).isEmpty();
  }

  @Test
  void aServerThatRefusesAWriteAndThenReadsNoMoreIsLeftAndItsAnswerStands() {
    link.send(write);
    refuses(write);

    link.scan(System.nanoTime() + LIMITS.request().toNanos(), LIMITS);
    socket.breaks();

    assertThat(notes.lost).containsExactly(Link.Why.SILENT);
    assertThat(notes.answered).containsExactly(write);
    assertThat(write.error).isEqualTo(ErrorNumber.EPERM.code());
    assertThat(notes.unanswered).as("sent again").isEmpty();
  }

  @Test
  void aSecondReplyToAWriteThatIsStillOnItsWayIsNoReply() {
    link.send(write);
    refuses(write);
    channel.writeInbound(reply(0, write.cookie));
    socket.breaks();

    assertThat(notes.lost).containsExactly(Link.Why.PROTOCOL);
    assertThat(notes.answered).containsExactly(write);
    assertThat(write.error).isEqualTo(ErrorNumber.EPERM.code());
  }

  @Test
  void aWriteWhoseDataNeverLeftIsNotDoneWhateverTheServerSays() {
    link.send(write);
    channel.writeInbound(reply(0, write.cookie));
    link.lose(Link.Why.CLOSED, new ClosedChannelException());
    socket.breaks();

    assertThat(notes.answered).isEmpty();
    assertThat(notes.unanswered).containsExactly(write);
  }

  @Test
  void aWriteIsGivenBackOnceByASocketThatBreaksUnderItsHeader() {
    socket.broken = true;

    link.send(write);

    assertThat(notes.lost).containsExactly(Link.Why.CLOSED);
    assertThat(notes.unanswered).containsExactly(write);
  }

  @Test
  void theOldestRequestIsWaitedForNoLongerThanTheLimitWhereverItStands() {
    Request older = Request.read(0, 512, List.of(), System.nanoTime());
    older.cookie = 8;
    long begunNanos = older.begunNanos;
    while (System.nanoTime() == begunNanos) Thread.onSpinWait();
    Request newer = Request.read(0, 512, List.of(), System.nanoTime());
    newer.cookie = 9;
    link.send(newer);
    link.send(older);
    assertThat(newer.begunNanos).isGreaterThan(begunNanos);

    // As long as may be for a server that moves nothing, so that only the age of a call counts.
    var patient = new Link.Limits(LIMITS.connect(), Duration.ofHours(1), LIMITS.giveUp());
    link.scan(begunNanos + LIMITS.giveUp().toNanos(), patient);

    assertThat(notes.lost).containsExactly(Link.Why.SILENT);
  }
}
