package dev.penstock.spi.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OwnershipJsonTest {
  private static final Epoch FIRST = Epoch.FIRST;
  private static final Epoch OFFER = FIRST.next(new UUID(7, 9));
  private static final Counterpart OTHER = new Counterpart("server-b", "vm-1");

  static Stream<Ownership.Phase> everyPhase() {
    var gone = new Ownership.Gone(OFFER, OTHER);
    return Stream.of(
        new Ownership.None(),
        new Ownership.Owner(),
        new Ownership.Owner(Optional.of(OTHER)),
        new Ownership.Offered(OFFER, OTHER),
        new Ownership.Handed(OFFER, OTHER),
        gone,
        new Ownership.Receiving(OFFER, OTHER, new Ownership.None()),
        new Ownership.Receiving(OFFER, OTHER, gone),
        new Ownership.Prepared(OFFER, OTHER, "digest", gone),
        new Ownership.Forked(OFFER, OTHER));
  }

  @ParameterizedTest
  @MethodSource("everyPhase")
  void whatIsWrittenIsReadAgain(Ownership.Phase phase) {
    for (Optional<Epoch> owned : List.of(Optional.<Epoch>empty(), Optional.of(FIRST))) {
      var ownership = new Ownership(phase, OFFER, owned);
      String text = OwnershipJson.write(ownership).encode();
      assertThat(OwnershipJson.read(new JsonObject(text))).isEqualTo(ownership);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"phase\":\"lost\",\"recorded\":[0,\"00000000-0000-0000-0000-000000000000\"]}",
        "{\"phase\":\"owner\"}",
        "{\"phase\":\"owner\",\"over\":{},\"recorded\":[0,\"00000000-0000-0000-0000-000000000000\"]}",
        "{\"phase\":\"owner\",\"recorded\":[-1,\"00000000-0000-0000-0000-000000000000\"]}",
        "{\"phase\":\"owner\",\"recorded\":[0,\"zero\"]}",
        "{\"phase\":\"gone\",\"recorded\":[0,\"00000000-0000-0000-0000-000000000000\"]}"
      })
  void whatIsNoRecordIsDamaged(String text) {
    assertThatThrownBy(() -> OwnershipJson.read(new JsonObject(text)))
        .isInstanceOf(GatewayError.Damaged.class);
  }
}
