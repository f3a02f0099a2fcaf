package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.Entrance;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.time.Instant;

/** A connection without a socket, and all that went over it in either direction. */
final class Line {
  final Connection connection;
  private final House house;
  private final Channel channel = new Channel();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

  Line(House house, long id, Entrance entrance) {
    this.house = house;
    connection =
        new Connection(id, "peer", Peer.LOCAL, entrance, Instant.EPOCH, house.surroundings);
    channel.config().setAllocator(house.memory);
    channel.pipeline().addLast(connection.handler());
    collect();
  }

  /** The client sends something; nothing happens if it was cut off. */
  void send(byte[] bytes, int from, int to) {
    said.write(bytes, from, to - from);
    if (!isOpen()) return;
    channel.writeInbound(house.memory.buffer().writeBytes(bytes, from, to - from));
    collect();
  }

  void send(byte... bytes) {
    send(bytes, 0, bytes.length);
  }

  /** Whether the client takes what is sent to it. */
  void reads(boolean reads) {
    channel.stalled = !reads;
    collect();
  }

  boolean isOpen() {
    return channel.isActive();
  }

  /** Somebody else has left the event loop something to do. */
  boolean isBusy() {
    return channel.hasPendingTasks();
  }

  /** Lets the event loop do what it has to do, and takes what was sent. */
  void collect() {
    if (!channel.stalled && isOpen()) channel.flush();
    channel.runPendingTasks();
    channel.checkException();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      heard.writeBytes(ByteBufUtil.getBytes(out));
      out.release();
    }
  }

  /** The socket is gone, and this happens before the event loop comes to hear of it. */
  void breaks(Runnable meanwhile) {
    // As tasks: an embedded channel runs all there are within each call, and in their order.
    channel
        .eventLoop()
        .execute(() -> {
          var _ = channel.pipeline().close();
        });
    channel.eventLoop().execute(meanwhile);
    collect();
  }

  /** The client goes away. */
  void hangUp() {
    var _ = channel.close();
    collect();
  }

  byte[] said() {
    return said.toByteArray();
  }

  byte[] heard() {
    return heard.toByteArray();
  }

  /** The client is served and not in the middle of something. */
  void checkReading() {
    if (isOpen() && !channel.config().isAutoRead()) throw new AssertionError("nobody reads");
  }

  private static final class Channel extends EmbeddedChannel {
    private boolean stalled;

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws Exception {
      if (!stalled) super.doWrite(out);
    }
  }
}
