package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A volume comes back, and so does whoever was led on; clients of another gateway meanwhile. */
class ComingHomeTest extends WithHandoffs {
  private static final Epoch SECOND = OFFER.next(new UUID(2, 2));

  @Test
  void whoWasLedOnIsBackHomeWithTheVolume() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    prepare();
    await(write(writer.successor.orElseThrow()));

    comeBack();
    await(writer.successor.orElseThrow().run(() -> Optional.empty()));
    await(write(writer.successor.orElseThrow()));

    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
    Awaitility.await().until(() -> status().condition() == Condition.SERVING);
    await(registry.freeze("demo", LONG));
  }

  @Test
  void whoCannotComeHomeYetIsAskedAgain() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    writer.retired =
        Future.failedFuture(
            new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(1), "not yet"));
    prepare();

    comeBack();
    writer.retired = Future.succeededFuture();

    Awaitility.await().until(() -> status().condition() == Condition.SERVING);
    await(write(writer.successor.orElseThrow()));
    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
  }

  /** What is under way elsewhere may be held there until the other side knows who owns it. */
  @Test
  void aVolumeIsBackBeforeThoseAreWhoAreStillAtItsSuccessor() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    prepare();
    Promise<Void> underWay = Promise.promise();
    writer.retired = underWay.future();

    comeBack();
    await(write(await(handoffs.join("demo", reader))));

    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
    assertThat(status().condition()).isEqualTo(Condition.RETIRING);
    assertThat(refusal(handoffs.freeze("demo", LONG)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("it has come back");
    underWay.complete();
    await(registry.freeze("demo", LONG));
  }

  private void prepare() throws Exception {
    var before = (Gone) GONE.phase();
    var back = new Ownership(new Prepared(SECOND, OTHER, "d", before), SECOND, GONE.owned());
    await(handoffs.change("demo", "memory", _ -> back));
  }

  private void comeBack() throws Exception {
    var owner = new Ownership(new Owner(), SECOND, Optional.of(SECOND));
    await(handoffs.change("demo", "memory", _ -> owner));
  }

  @Test
  void clientsOfAnotherGatewayWriteBesideWhoeverWritesHereAndAreHeldAsWell() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    OpenVolume joined = await(handoffs.join("demo", reader));
    await(write(joined));

    await(registry.freeze("demo", LONG));

    assertThat(writer.asked).containsExactly("freeze");
    assertThat(reader.asked).containsExactly("freeze");
    await(joined.close());
  }

  @Test
  void clientsOfAnotherGatewayAreLedOnFromHereWhereItWasHandedOn() throws Exception {
    handOver();

    await(write(await(handoffs.join("demo", reader))));

    assertThat(elsewhere.content()[0]).isEqualTo((byte) 7);
  }
}
