package dev.penstock.nbd.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.client.ClientHandshake.Progress;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole conversations; what the server says is cut into single bytes. */
class ClientHandshakeTest {
  private static final int FLAGS = Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH;
  private static final int FIXED = Wire.FLAG_FIXED_NEWSTYLE;

  private final List<Option> asked = new ArrayList<>();
  private int clientFlags;
  private ClientHandshake handshake = of("nbd://host/disk");

  private static ClientHandshake of(String uri) {
    return new ClientHandshake(ServerUri.parse(uri, Path.of("/")).orElseThrow());
  }

  /** Says this to the client, and notes what the client says next. */
  private Progress say(ByteBuf server) {
    ByteBuf in = Unpooled.buffer();
    Progress progress = Progress.MORE;
    while (server.isReadable()) {
      in.writeByte(server.readByte());
      ByteBuf out = Unpooled.buffer();
      progress = handshake.proceed(in, out);
      note(out);
    }
    assertThat(in.isReadable()).as("all was understood").isFalse();
    return progress;
  }

  private void note(ByteBuf client) {
    if (client.readableBytes() % 8 == 4 && asked.isEmpty()) clientFlags = client.readInt();
    while (client.readableBytes() >= Wire.OPTION_HEADER_BYTES) {
      if (client.getLong(client.readerIndex()) != Wire.IHAVEOPT) clientFlags = client.readInt();
      assertThat(client.readLong()).isEqualTo(Wire.IHAVEOPT);
      asked.add(Option.of(client.readInt()));
      client.skipBytes(client.readInt());
    }
  }

  private static ByteBuf newStyle(int flags) {
    return Unpooled.buffer().writeLong(Wire.NBDMAGIC).writeLong(Wire.IHAVEOPT).writeShort(flags);
  }

  private static ByteBuf reply(Option option, int type, ByteBuf data) {
    return Unpooled.buffer()
        .writeLong(Wire.OPTION_REPLY_MAGIC)
        .writeInt(option.code())
        .writeInt(type)
        .writeInt(data.readableBytes())
        .writeBytes(data);
  }

  private static ByteBuf ack(Option option) {
    return reply(option, Wire.REP_ACK, Unpooled.EMPTY_BUFFER);
  }

  private static ByteBuf no(Option option, OptionError why) {
    return reply(option, why.code(), Unpooled.copiedBuffer("because", UTF_8));
  }

  private static ByteBuf export(long sizeBytes) {
    ByteBuf info = Unpooled.buffer().writeShort(Wire.INFO_EXPORT).writeLong(sizeBytes);
    return reply(Option.GO, Wire.REP_INFO, info.writeShort(FLAGS));
  }

  private static ByteBuf blocks(int least, int most) {
    ByteBuf info = Unpooled.buffer().writeShort(Wire.INFO_BLOCK_SIZE);
    return reply(Option.GO, Wire.REP_INFO, info.writeInt(least).writeInt(4096).writeInt(most));
  }

  private static ByteBuf context(int number) {
    ByteBuf data = Unpooled.buffer().writeInt(number).writeBytes("base:allocation".getBytes(UTF_8));
    return reply(Option.SET_META_CONTEXT, Wire.REP_META_CONTEXT, data);
  }

  private static ByteBuf all(ByteBuf... parts) {
    return Unpooled.wrappedBuffer(parts);
  }

  @Test
  void takesEverythingThatAServerOffers() {
    Progress progress =
        say(
            all(
                newStyle(FIXED | Wire.FLAG_NO_ZEROES),
                ack(Option.STRUCTURED_REPLY),
                context(3),
                ack(Option.SET_META_CONTEXT),
                export(1 << 20),
                blocks(512, -1),
                ack(Option.GO)));

    assertThat(progress).isEqualTo(Progress.AGREED);
    assertThat(asked).containsExactly(Option.STRUCTURED_REPLY, Option.SET_META_CONTEXT, Option.GO);
    assertThat(clientFlags).isEqualTo(FIXED | Wire.FLAG_NO_ZEROES);
    assertThat(handshake.offer())
        .isEqualTo(new Offer(1 << 20, FLAGS, true, OptionalInt.of(3), 512, 32 << 20));
  }

  @Test
  void doesWithoutWhatIsNotThere() {
    Progress progress =
        say(
            all(
                newStyle(FIXED),
                no(Option.STRUCTURED_REPLY, OptionError.UNSUP),
                no(Option.GO, OptionError.UNSUP),
                Unpooled.buffer().writeLong(4096).writeShort(FLAGS).writeZero(124)));

    assertThat(progress).isEqualTo(Progress.AGREED);
    assertThat(asked).containsExactly(Option.STRUCTURED_REPLY, Option.GO, Option.EXPORT_NAME);
    assertThat(handshake.offer())
        .isEqualTo(new Offer(4096, FLAGS, false, OptionalInt.empty(), 1, 32 << 20));
  }

  @Test
  void speaksTheNewstyleThatWasNotFixedYet() {
    Progress progress =
        say(all(newStyle(0), Unpooled.buffer().writeLong(4096).writeShort(FLAGS).writeZero(124)));

    assertThat(progress).isEqualTo(Progress.AGREED);
    assertThat(asked).containsExactly(Option.EXPORT_NAME);
    assertThat(clientFlags).isZero();
  }

  private static ByteBuf oldStyle() {
    return Unpooled.buffer()
        .writeLong(Wire.NBDMAGIC)
        .writeLong(ClientHandshake.OLD_STYLE_MAGIC)
        .writeLong(4096)
        .writeInt(13)
        .writeZero(124);
  }

  @Test
  void speaksOldStyleWithServersThatHaveOneDevice() {
    handshake = of("nbd://host");

    assertThat(say(oldStyle())).isEqualTo(Progress.AGREED);
    assertThat(handshake.offer())
        .isEqualTo(new Offer(4096, 13, false, OptionalInt.empty(), 1, 32 << 20));
  }

  @ParameterizedTest
  @CsvSource({"nbd://host/disk, leave \"disk\" out", "nbds://host, 'no TLS'"})
  void refusesOldStyleWhereItCannotDoWhatIsWanted(String uri, String why) {
    handshake = of(uri);

    assertThatThrownBy(() -> say(oldStyle()))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({
    "UNKNOWN, NotFound",
    "POLICY, Denied",
    "TLS_REQD, Denied",
    "SHUTDOWN, Unavailable",
    "INVALID, Unsupported",
    "BLOCK_SIZE_REQD, Unsupported"
  })
  void aRefusalSaysWhoRefusesWhatAndWhy(OptionError error, String kind) {
    assertThatThrownBy(() ->
            say(
                all(
                    newStyle(FIXED),
                    no(Option.STRUCTURED_REPLY, OptionError.UNSUP),
                    no(Option.GO, error))))
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind))
        .hasMessageContaining("server nbd://host:10809/disk refuses GO with " + error)
        .hasMessageContaining("because");
  }

  @Test
  void aRefusalHasNoMoreThanOneShortLineOfTheServers() {
    ByteBuf text = Unpooled.copiedBuffer("no\nGET / " + "x".repeat(30_000), UTF_8);

    assertThatThrownBy(() ->
            say(
                all(
                    newStyle(FIXED),
                    no(Option.STRUCTURED_REPLY, OptionError.UNSUP),
                    reply(Option.GO, OptionError.POLICY.code(), text))))
        .hasMessageContaining("no?GET / x")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void nothingButTheGreetingIsSaidBeforeTls() {
    handshake = of("nbds://host/disk");

    assertThat(say(all(newStyle(FIXED), ack(Option.STARTTLS)))).isEqualTo(Progress.START_TLS);
    assertThat(asked).containsExactly(Option.STARTTLS);
    ByteBuf out = Unpooled.buffer();
    handshake.secured(out);
    note(out);
    assertThat(say(all(no(Option.STRUCTURED_REPLY, OptionError.UNSUP), export(7), ack(Option.GO))))
        .isEqualTo(Progress.AGREED);
    assertThat(asked).containsExactly(Option.STARTTLS, Option.STRUCTURED_REPLY, Option.GO);
  }

  @Test
  void aServerWithoutTlsIsNotTalkedToInClear() {
    handshake = of("nbds://host/disk");

    assertThatThrownBy(() -> say(all(newStyle(FIXED), no(Option.STARTTLS, OptionError.UNSUP))))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessageContaining("STARTTLS");
    assertThat(asked).containsExactly(Option.STARTTLS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no NBD",
        "other magic",
        "wrong reply magic",
        "wrong option",
        "long reply",
        "no size",
        "negative size",
        "odd blocks",
        "early bytes"
      })
  void nonsenseIsAProtocolError(String which) {
    ByteBuf server =
        switch (which) {
          case "no NBD" -> Unpooled.copiedBuffer("HTTP/1.1 400 Bad Request", UTF_8);
          case "other magic" -> Unpooled.buffer().writeLong(Wire.NBDMAGIC).writeLong(1);
          case "wrong reply magic" -> all(newStyle(FIXED), Unpooled.buffer().writeZero(20));
          case "wrong option" -> all(newStyle(FIXED), ack(Option.GO));
          case "long reply" ->
              all(newStyle(FIXED), ack(Option.STRUCTURED_REPLY).setInt(16, 33 << 10));
          case "no size" ->
              all(newStyle(FIXED), no(Option.STRUCTURED_REPLY, OptionError.UNSUP), ack(Option.GO));
          case "negative size" ->
              all(newStyle(FIXED), no(Option.STRUCTURED_REPLY, OptionError.UNSUP), export(-1));
          case "odd blocks" ->
              all(newStyle(FIXED), no(Option.STRUCTURED_REPLY, OptionError.UNSUP), blocks(3, 4096));
          default ->
              all(
                  newStyle(FIXED),
                  no(Option.STRUCTURED_REPLY, OptionError.UNSUP),
                  export(1),
                  ack(Option.GO),
                  Unpooled.buffer().writeByte(1));
        };

    assertThatThrownBy(() -> say(server)).isInstanceOf(ProtocolError.class);
  }
}
