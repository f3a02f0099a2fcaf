package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What a module needs of snapshots, anchors, and is told of them. */
class OwnedSnapshotsTest extends OwnSnapshots {
  private static final Need NEED = new Need("demo", "job offsite", true, Duration.ofDays(1));

  private Fate destroy(String name) throws Exception {
    return await(ours.destroy(List.of(meant(name)))).getFirst();
  }

  @Test
  void whatIsNeededIsDeferredUntilNobodyNeedsIt() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    assertThat(destroy("demo@monday"))
        .isInstanceOfSatisfying(
            Fate.Deferred.class,
            deferred ->
                assertThat(deferred.holders()).isEqualTo("module replication: job offsite (plan)"));
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);

    await(ours.need(NEED, Set.of()));
    assertThat(destroy("demo@monday")).isInstanceOf(Fate.Destroyed.class);
  }

  @Test
  void whatIsGoneCannotBeNeededAndWhatWasNeededStaysSo() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    assertThat(refusal(ours.need(NEED, Set.of(monday, UUID.randomUUID()))))
        .isInstanceOf(GatewayError.NotFound.class);

    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);
  }

  @Test
  void whatNobodyWorksUnderAnyMoreExpires() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));
    gateway.clock.advance(Duration.ofDays(30));
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);

    ours.putDown("job offsite");
    gateway.clock.advance(Duration.ofDays(1));

    assertThat(await(ours.needed("demo"))).isEmpty();
  }

  @Test
  void aStoreThatDoesNotAnswerTakesNothingAwayThatIsNeeded() throws Exception {
    UUID monday = take("demo@monday");
    UUID tuesday = take("demo@tuesday");
    await(ours.need(NEED, Set.of(monday)));
    var looks = new AtomicInteger();
    gateway.store.beforeList =
        _ -> {
          if (looks.incrementAndGet() > 1) // the look after the lease was given
          throw new GatewayError.Unavailable(
                GatewayError.Scope.RESOURCE, Duration.ofSeconds(1), "busy");
        };

    assertThat(refusal(ours.need(NEED, Set.of(tuesday))))
        .isInstanceOf(GatewayError.Unavailable.class);

    gateway.store.beforeList = _ -> {};
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);
  }

  @Test
  void anOpenVolumeIsNotLookedAtForChanges() throws Exception {
    take("demo@monday");
    OpenVolume demo = await(gateway.registry.open("demo", Access.READ, new TestUser("module nbd")));

    assertThat(refusal(ours.isChanged("demo")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("module nbd");
    await(demo.close());
  }

  @Test
  void whatAModuleNeededIsStillNeededAfterItHasStopped() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    await(ours.closeAll());

    assertThat(await(gateway.snapshots.of("module pruner").destroy(List.of(meant("demo@monday")))))
        .hasOnlyElementsOfType(Fate.Deferred.class);
    assertThat(gateway.leases.list()).extracting(status -> status.inUse()).containsExactly(false);
    assertThat(refusal(ours.need(NEED, Set.of(monday)))).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void nothingIsBegunForAModuleThatHasStopped() throws Exception {
    Meant monday = Meant.seen(name("demo@monday"), take("demo@monday"));
    receive(Optional.empty(), "a");
    await(ours.closeAll());

    List<Future<?>> asked =
        List.of(
            ours.take(List.of(name("demo@tuesday")), SnapshotsFixture.LONG),
            ours.anchor(monday, "anchor.offsite"),
            ours.clone(monday, "clone"),
            ours.bringBack(meant("copy@a"), List.of(), "anchor.received"),
            ours.discardPartial("copy"),
            ours.verify("demo"));

    for (Future<?> one : asked)
      assertThat(refusal(one)).hasMessage("module replication has stopped");
    for (Future<List<Fate>> one :
        List.of(ours.destroy(List.of(monday)), ours.destroyNeeded(List.of(monday))))
      assertThat(await(one))
          .singleElement()
          .isInstanceOfSatisfying(
              Fate.Failed.class,
              failed -> assertThat(failed.why()).hasMessage("module replication has stopped"));
    assertThat(gateway.names("demo")).containsExactly("monday");
  }

  @Test
  void anAnchorIsOnOneSnapshotOfAVolumeAndKeepsIt() throws Exception {
    take("demo@monday");
    take("demo@tuesday");
    await(ours.anchor(meant("demo@monday"), "anchor.offsite"));
    await(ours.anchor(meant("demo@tuesday"), "anchor.offsite"));

    assertThat(destroy("demo@monday")).isInstanceOf(Fate.Destroyed.class);
    assertThat(destroy("demo@tuesday")).isInstanceOf(Fate.Deferred.class);

    assertThatThrownBy(() -> ours.anchor(meant("demo@monday"), "mine"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void historiesTellOfEveryVolumeAndOfStoresThatDoNotAnswer() throws Exception {
    take("demo@monday");

    Histories all = await(ours.histories());

    assertThat(all.volumes())
        .extracting(VolumeHistory::name)
        .containsExactlyInAnyOrder("demo", "other");
    assertThat(await(ours.history("demo")).snapshots())
        .extracting(SnapshotInfo::name)
        .containsExactly("monday");
    assertThat(all.unanswered()).isEmpty();

    gateway.store.beforeList =
        _ -> {
          throw new GatewayError.Failed(GatewayError.Scope.RESOURCE, "the disk is gone");
        };
    assertThat(await(ours.histories()).unanswered()).containsOnlyKeys("memory");
    gateway.store.beforeList = _ -> {};
    assertThat(refusal(ours.history("nothing"))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void aVolumeThatWasWrittenSinceItsNewestSnapshotHasChanged() throws Exception {
    OpenVolume demo =
        await(gateway.registry.open("demo", Access.WRITE, new TestUser("module nbd")));
    take("demo@monday");
    await(SnapshotsFixture.write(demo, 7));
    await(demo.close());

    assertThat(await(ours.isChanged("demo"))).isTrue();
  }
}
