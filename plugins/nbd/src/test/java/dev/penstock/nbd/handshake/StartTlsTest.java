package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Replies;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StartTlsTest {
  private final Negotiation offered = new Negotiation(Tls.OFFERED);
  private final Negotiation required = new Negotiation(Tls.REQUIRED);

  @Test
  void tlsIsUnsupportedWhereThereIsNone() {
    var absent = new Negotiation(Tls.ABSENT);
    absent.receive(hello().option(Option.STARTTLS).go("demo").toBytes());
    assertThat(Negotiation.kinds(absent.replies())).startsWith("5: UNSUP", "7: EXPORT");
  }

  @ParameterizedTest
  @EnumSource
  void startTlsWithDataIsInvalidAndTheNextOptionIsUnderstood(Tls tls) {
    var negotiation = new Negotiation(tls);
    negotiation.receive(
        hello().option(Option.STARTTLS, new byte[3]).option(Option.ABORT).toBytes());
    assertThat(Negotiation.kinds(negotiation.replies())).containsExactly("5: INVALID", "2: ACK");
  }

  @Test
  void startTlsIsAcknowledgedAndNothingBehindItIsRead() {
    offered.receive(hello().option(Option.STARTTLS).go("demo").toBytes());
    assertThat(offered.replies()).containsExactly("5: ACK");
    assertThat(offered.decision()).isEqualTo(new Decision.StartTls());
    assertThat(offered.unread()).isEqualTo(new ClientBytes().go("demo").toBytes().length);
  }

  @Test
  void nothingIsReadBetweenTheAgreementAndTls() {
    offered.receive(hello().option(Option.STARTTLS).toBytes());
    assertThatThrownBy(() -> offered.receive()).isInstanceOf(IllegalStateException.class);
    offered.secured();
    assertThatThrownBy(offered::secured).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whatWasNegotiatedInClearIsForgotten() {
    offered.receive(
        hello()
            .option(Option.STRUCTURED_REPLY)
            .setContext("demo", "base:allocation")
            .option(Option.STARTTLS)
            .toBytes());
    offered.secured().receive(new ClientBytes().go("demo").toBytes());
    assertThat(offered.replies()).endsWith("5: ACK", "7: EXPORT 1048576 5", "7: ACK");
    assertThat(offered.transmit().replies()).isSameAs(Replies.SIMPLE);
    assertThat(offered.contexts()).isEmpty();
  }

  @Test
  void aContextChosenInClearIsForgottenEvenIfStructuredRepliesAreChosenAgain() {
    offered.receive(
        hello()
            .option(Option.STRUCTURED_REPLY)
            .setContext("demo", "base:allocation")
            .option(Option.STARTTLS)
            .toBytes());
    offered
        .secured()
        .receive(new ClientBytes().option(Option.STRUCTURED_REPLY).go("demo").toBytes());
    assertThat(offered.contexts()).isEmpty();
  }

  @Test
  void aSecondStartTlsIsInvalid() {
    offered.receive(hello().option(Option.STARTTLS).toBytes());
    offered.secured().receive(new ClientBytes().option(Option.STARTTLS).go("demo").toBytes());
    assertThat(Negotiation.kinds(offered.replies()))
        .startsWith("5: ACK", "5: INVALID", "7: EXPORT");
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ABORT", "STARTTLS", "EXPORT_NAME"})
  void whereTlsIsRequiredNothingElseIsAnsweredInClear(Option option) {
    for (int bytes : new int[] {0, 9, NewStyle.OPTION_BYTES_MAX + 1}) {
      var negotiation = new Negotiation(Tls.REQUIRED);
      negotiation.receive(
          hello().option(option, new byte[bytes]).option(Option.STARTTLS).toBytes());
      assertThat(Negotiation.kinds(negotiation.replies()))
          .containsExactly(option.code() + ": TLS_REQD", "5: ACK");
    }
  }

  @Test
  void whereTlsIsRequiredExportNameInClearEndsTheConnection() {
    byte[] bytes = hello().option(Option.EXPORT_NAME, "demo".getBytes(UTF_8)).toBytes();
    assertThatThrownBy(() -> required.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("STARTTLS");
  }

  @Test
  void whereTlsIsRequiredAClientMayLeaveInClear() {
    required.receive(hello().option(Option.ABORT).toBytes());
    assertThat(required.replies()).containsExactly("2: ACK");
  }

  @Test
  void insideTlsEverythingIsUnderstood() {
    required.receive(hello().option(Option.STARTTLS).toBytes());
    required.secured().receive(new ClientBytes().option(Option.LIST).go("secret").toBytes());
    assertThat(required.transmit().offer()).isEqualTo(Negotiation.DEMO);
  }

  @Test
  void anExportThatWantsTlsIsRefusedInClearAndServedThroughTls() {
    offered.receive(hello().go("secret").info("secret").option(Option.STARTTLS).toBytes());
    assertThat(Negotiation.kinds(offered.replies()))
        .containsExactly("7: TLS_REQD", "6: TLS_REQD", "5: ACK");
    offered.secured().receive(new ClientBytes().go("secret").toBytes());
    assertThat(offered.transmit().askedFor()).isEqualTo("secret");
  }

  @Test
  void anExportThatWantsTlsEndsAConnectionThatNamesItInClear() {
    byte[] bytes = hello().option(Option.EXPORT_NAME, "secret".getBytes(UTF_8)).toBytes();
    assertThatThrownBy(() -> offered.receive(bytes)).isInstanceOf(ProtocolError.class);
  }

  private static ClientBytes hello() {
    return new ClientBytes().fixedNoZeroes();
  }
}
