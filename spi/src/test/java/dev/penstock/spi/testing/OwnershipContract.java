package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link VolumeStore} is held to that keeps records of who owns its volumes. Extend it,
 * say how to make a store of yours and how to spoil a record of it, and run it with JUnit.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class OwnershipContract extends SnapshotFixture {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(7, 9));
  private static final Counterpart OTHER = new Counterpart("server-b", "vm-1");
  private static final Ownership.Gone GONE_AWAY = new Ownership.Gone(OFFER, OTHER);
  private static final Ownership GONE = new Ownership(GONE_AWAY, OFFER, Optional.of(Epoch.FIRST));

  private static final List<Ownership> LIFE =
      List.of(
          Ownership.PLAIN,
          new Ownership(new Ownership.Offered(OFFER, OTHER), OFFER, Optional.of(Epoch.FIRST)),
          new Ownership(new Ownership.Handed(OFFER, OTHER), OFFER, Optional.of(Epoch.FIRST)),
          GONE,
          GONE.in(new Ownership.Receiving(OFFER.next(new UUID(1, 2)), OTHER, GONE_AWAY)),
          GONE.in(new Ownership.Prepared(OFFER.next(new UUID(1, 2)), OTHER, "digest", GONE_AWAY)),
          GONE.in(new Ownership.Forked(OFFER, OTHER)),
          Ownership.NONE);

  /** Makes the record of a volume one that cannot be read. The store is closed. */
  protected abstract void spoil(String volume) throws Exception;

  @Test
  void volumesHaveNoRecordBeforeOneIsKept() {
    assertThat(store.ownerships()).isEmpty();
    assertThat(store.ownership(VOLUME)).isEmpty();
    assertThat(store.ownership("nobody")).isEmpty();
  }

  @Test
  void theLastRecordThatWasKeptIsTheOne() {
    for (Ownership ownership : LIFE) {
      store.keepOwnership(VOLUME, ownership);
      assertThat(store.ownership(VOLUME)).contains(ownership);
      reopen();
      assertThat(store.ownership(VOLUME)).contains(ownership);
      assertThat(store.ownerships()).containsExactly(VOLUME);
    }
  }

  @Test
  void recordsOutliveTheirVolumeAndTheNextOfItsName() {
    store.keepOwnership(VOLUME, GONE);

    store.remove(VOLUME);
    assertThat(store.ownership(VOLUME)).contains(GONE);
    reopen();
    assertThat(store.ownership(VOLUME)).contains(GONE);
    assertThat(store.ownerships()).containsExactly(VOLUME);
    assertThat(store.list()).as("a record is no volume").isEmpty();
    store.create(VOLUME, SIZE);
    reopen();

    assertThat(store.ownership(VOLUME)).contains(GONE);
    assertThatCode(() -> store.openVolume(VOLUME).close()).doesNotThrowAnyException();
  }

  @Test
  void recordsNeedNoVolumeAndMakeNone() {
    store.keepOwnership("coming", LIFE.get(4));

    assertThat(store.ownership("coming")).contains(LIFE.get(4));
    assertThat(store.find("coming")).isEmpty();
    assertThat(store.list()).extracting(VolumeInfo::name).containsExactly(VOLUME);
    assertThatThrownBy(() -> store.openVolume("coming")).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void forgottenRecordsAreGoneAndNoOthers() {
    store.keepOwnership(VOLUME, GONE);
    store.keepOwnership("other", GONE);

    for (int twice = 0; twice < 2; twice++) {
      store.forgetOwnership(VOLUME);
      assertThat(store.ownership(VOLUME)).isEmpty();
      reopen();
      assertThat(store.ownership(VOLUME)).isEmpty();
      assertThat(store.ownerships()).containsExactly("other");
    }
    store.keepOwnership(VOLUME, Ownership.PLAIN);
    assertThat(store.ownership(VOLUME)).contains(Ownership.PLAIN);
  }

  @Test
  void everyNameThatAVolumeCanHaveHasARecordOfItsOwn() {
    List<String> names =
        List.of("a", "A", "7", "a.json", "a.tmp", "a.json.tmp", "a..b", "con", "a".repeat(128));
    for (int i = 0; i < names.size(); i++)
      store.keepOwnership(names.get(i), GONE.in(new Ownership.Forked(new Epoch(i, NOBODY), OTHER)));

    reopen();

    assertThat(store.ownerships()).containsExactlyInAnyOrderElementsOf(names);
    for (int i = 0; i < names.size(); i++)
      assertThat(store.ownership(names.get(i)))
          .contains(GONE.in(new Ownership.Forked(new Epoch(i, NOBODY), OTHER)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "../up", "a/b", ".hidden", "a b", "a@b"})
  void namesThatCannotBeHaveNone(String name) {
    assertThatThrownBy(() -> store.keepOwnership(name, GONE))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThat(store.ownership(name)).isEmpty();
    store.forgetOwnership(name);

    assertThat(store.ownerships()).isEmpty();
  }

  /** Nor is it in the way of any other. */
  @Test
  void aRecordThatCannotBeReadIsNeverTakenForNone() throws Exception {
    store.create("sound", SIZE);
    for (String name : List.of(VOLUME, "sound", "gone")) store.keepOwnership(name, GONE);
    store.close();
    spoil(VOLUME);
    spoil("gone");
    if (keepsVolumes()) store = newStore();
    store.open(context);

    assertThat(store.ownerships()).containsExactlyInAnyOrder(VOLUME, "sound", "gone");
    for (String name : List.of(VOLUME, "gone")) {
      assertDamaged(name, () -> store.ownership(name));
      assertDamaged(name, () -> store.keepOwnership(name, Ownership.PLAIN));
      assertDamaged(name, () -> store.forgetOwnership(name));
      assertDamaged(name, () -> store.ownership(name));
    }
    assertDamaged(VOLUME, () -> store.openVolume(VOLUME));
    assertThat(store.ownership("sound")).contains(GONE);
    store.keepOwnership("sound", Ownership.PLAIN);
    store.openVolume("sound").close();
  }

  private static void assertDamaged(String volume, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining(volume);
  }

  @Test
  void recordsOfManyVolumesAreKeptSideBySide() throws Exception {
    List<Callable<String>> calls =
        IntStream.range(0, 8).<Callable<String>>mapToObj(i -> () -> live("volume-" + i)).toList();
    Set<String> names = new HashSet<>();
    try (ExecutorService callers = Executors.newFixedThreadPool(calls.size())) {
      for (Future<String> one : callers.invokeAll(calls)) names.add(one.get());
    }

    reopen();

    assertThat(store.ownerships()).isEqualTo(names);
    for (String name : names) assertThat(store.ownership(name)).contains(LIFE.getLast());
  }

  private String live(String name) {
    for (Ownership ownership : LIFE) {
      store.keepOwnership(name, ownership);
      assertThat(store.ownership(name)).contains(ownership);
    }
    return name;
  }
}
