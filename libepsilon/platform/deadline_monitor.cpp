// SPDX-License-Identifier: Apache-2.0
#include "platform/deadline_monitor.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "platform/thread_id.h"

namespace epsilon::platform {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

namespace {

constexpr std::chrono::seconds idle_limit{2};
// fire() needs little, but the C library puts static thread-local storage here as well.
constexpr size_t monitor_stack_bytes = size_t{256} << 10;
constexpr size_t not_in_heap = SIZE_MAX;

class MutexLock {
public:
    explicit MutexLock(pthread_mutex_t& mutex) noexcept : mutex_(mutex) {
        pthread_mutex_lock(&mutex_);
    }
    ~MutexLock() { pthread_mutex_unlock(&mutex_); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    pthread_mutex_t& mutex_;
};

// Waits on a condition bound to the monotonic clock, which is Clock's.
void wait_until(pthread_cond_t& condition, pthread_mutex_t& mutex, TimePoint when) noexcept {
    const auto since = when.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    timespec until = {};
    until.tv_sec = static_cast<time_t>(seconds.count());
    until.tv_nsec = static_cast<long>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count());
    pthread_cond_timedwait(&condition, &mutex, &until);
}

}  // namespace

// All state of the process's monitor. Made once and never destroyed, as threads may have deadlines
// while static objects die.
class DeadlineMonitor {
public:
    static DeadlineMonitor& get() noexcept {
        alignas(DeadlineMonitor) static unsigned char storage[sizeof(DeadlineMonitor)];
        static DeadlineMonitor* const monitor = make(storage);
        return *monitor;
    }

    // Does nothing when the entry is there. False without a thread or memory.
    bool add(MonitorEntry& entry) noexcept;
    void remove(MonitorEntry& entry) noexcept;

    bool is_running() noexcept {
        const MutexLock lock(mutex_);
        return running_;
    }

private:
    DeadlineMonitor() noexcept { make_synchronisation(); }

    static DeadlineMonitor* make(void* storage) noexcept;
    void make_synchronisation() noexcept;
    void go_on_after_fork() noexcept;
    bool start() noexcept;
    void run() noexcept;
    void run_first() noexcept;
    bool make_room() noexcept;
    void push(MonitorEntry& entry) noexcept;
    bool may_go_on_idle() noexcept;

    void place(size_t index, MonitorEntry* entry) noexcept {
        heap_[index] = entry;
        entry->heap_index_ = index;
    }
    void sift_up(size_t index) noexcept;
    void sift_down(size_t index) noexcept;
    void erase(size_t index) noexcept;

    pthread_mutex_t mutex_;
    pthread_cond_t wake_;              // the monitor has to look again
    pthread_cond_t done_;              // a run() has returned
    std::vector<MonitorEntry*> heap_;  // a binary heap, the earliest first
    bool running_ = false;
    TimePoint wakes_at_{};             // no need to wake the monitor for what is later
    MonitorEntry* current_ = nullptr;  // whose run() is going on
    uint64_t added_ = 0;               // all entries ever
    uint64_t added_when_idle_ = 0;     // the same when the monitor last had nothing to do
};

DeadlineMonitor* DeadlineMonitor::make(void* storage) noexcept {
    pthread_atfork([] { pthread_mutex_lock(&get().mutex_); },
                   [] { pthread_mutex_unlock(&get().mutex_); }, [] { get().go_on_after_fork(); });
    return new (storage) DeadlineMonitor;
}

void DeadlineMonitor::make_synchronisation() noexcept {
    pthread_mutex_init(&mutex_, nullptr);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&wake_, &monotonic);
    pthread_cond_init(&done_, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

// In the child. The old mutex and conditions may have had waiters that don't exist here, so they
// are made anew rather than destroyed.
void DeadlineMonitor::go_on_after_fork() noexcept {
    make_synchronisation();
    running_ = false;
    monitor_generation_count.fetch_add(1, std::memory_order_relaxed);
    const uint64_t self = current_thread_id();
    size_t kept = 0;
    for (MonitorEntry* entry : heap_) {
        if (entry->thread_ != self) continue;
        entry->generation_ = monitor_generation();
        place(kept++, entry);
    }
    heap_.resize(kept);
    for (size_t i = 1; i < kept; ++i)
        sift_up(i);
    MonitorEntry* const current = std::exchange(current_, nullptr);
    if (current && current->thread_ == self) {
        // The monitor may not have got to the end of it before the fork.
        if (current->is_periodic()) {
            current->when_ = Clock::now() + current->period_;
            current->generation_ = monitor_generation();
            push(*current);
        } else {
            current->run();
        }
    }
    if (heap_.empty() || start()) return;
    while (!heap_.empty()) {
        MonitorEntry& entry = *heap_[0];
        erase(0);
        if (!entry.is_periodic()) entry.run();
    }
}

bool DeadlineMonitor::start() noexcept {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, monitor_stack_bytes);
    // The thread inherits the mask: no handler of the host may run on it.
    sigset_t all;
    sigset_t outer;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &outer);
    pthread_t thread;
    const auto body = [](void* monitor) -> void* {
        static_cast<DeadlineMonitor*>(monitor)->run();
        return nullptr;
    };
    running_ = pthread_create(&thread, &attributes, body, this) == 0;
    pthread_sigmask(SIG_SETMASK, &outer, nullptr);
    pthread_attr_destroy(&attributes);
    // Until it has taken the mutex for the first time, it will look at the heap without being
    // woken.
    wakes_at_ = TimePoint::min();
    return running_;
}

bool DeadlineMonitor::add(MonitorEntry& entry) noexcept {
    const MutexLock lock(mutex_);
    if (entry.generation_ == monitor_generation()) {
        if (entry.heap_index_ != not_in_heap) return true;
        if (current_ == &entry) {
            entry.wanted_again_ = true;
            return true;
        }
    }
    if (!make_room() || (!running_ && !start())) return false;
    if (entry.is_periodic()) entry.when_ = Clock::now() + entry.period_;
    entry.generation_ = monitor_generation();
    entry.thread_ = current_thread_id();
    ++added_;
    push(entry);
    return true;
}

// Room for one more entry, and for the one that is running to come back.
bool DeadlineMonitor::make_room() noexcept {
    if (heap_.capacity() >= heap_.size() + 2) return true;
    try {
        heap_.reserve(2 * heap_.size() + 16);
    } catch (const std::bad_alloc&) {
        return false;
    }
    return true;
}

void DeadlineMonitor::push(MonitorEntry& entry) noexcept {
    heap_.push_back(&entry);
    sift_up(heap_.size() - 1);
    if (entry.when_ < wakes_at_) {
        wakes_at_ = entry.when_;
        pthread_cond_signal(&wake_);
    }
}

void DeadlineMonitor::remove(MonitorEntry& entry) noexcept {
    const MutexLock lock(mutex_);
    if (entry.generation_ != monitor_generation()) return;
    // The monitor isn't woken: it finds out when it wakes for the time that was the earliest. So a
    // quick succession of timed calls costs it one wake-up for each length of the timeout.
    if (entry.heap_index_ != not_in_heap) erase(entry.heap_index_);
    entry.period_ = std::chrono::nanoseconds(0);
    while (current_ == &entry)
        pthread_cond_wait(&done_, &mutex_);
}

void DeadlineMonitor::run() noexcept {
    const MutexLock lock(mutex_);
    for (;;) {
        const TimePoint now = Clock::now();
        // Never longer, so that it ends even if the deadline it sleeps for is destroyed.
        wakes_at_ = now + idle_limit;
        if (heap_.empty()) {
            if (!may_go_on_idle()) break;
        } else if (heap_[0]->when_ <= now) {
            run_first();
            continue;
        } else {
            wakes_at_ = std::min(wakes_at_, heap_[0]->when_);
        }
        wait_until(wake_, mutex_, wakes_at_);
    }
    running_ = false;
}

void DeadlineMonitor::run_first() noexcept {
    MonitorEntry& entry = *heap_[0];
    erase(0);
    entry.wanted_again_ = false;
    current_ = &entry;
    wakes_at_ = TimePoint::min();
    pthread_mutex_unlock(&mutex_);
    const bool again = entry.run();
    pthread_mutex_lock(&mutex_);
    current_ = nullptr;
    // Without a period it is being destroyed.
    if ((again || entry.wanted_again_) && entry.is_periodic()) {
        entry.when_ = Clock::now() + entry.period_;
        push(entry);
    }
    pthread_cond_broadcast(&done_);
}

// Whether there were deadlines since the monitor last found nothing to do; a whole idle_limit lies
// between two such moments.
bool DeadlineMonitor::may_go_on_idle() noexcept {
    if (added_ == added_when_idle_) return false;
    added_when_idle_ = added_;
    return true;
}

void DeadlineMonitor::sift_up(size_t index) noexcept {
    MonitorEntry* moving = heap_[index];
    while (index > 0) {
        const size_t parent = (index - 1) / 2;
        if (heap_[parent]->when_ <= moving->when_) break;
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, moving);
}

void DeadlineMonitor::sift_down(size_t index) noexcept {
    MonitorEntry* moving = heap_[index];
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
        if (moving->when_ <= heap_[child]->when_) break;
        place(index, heap_[child]);
        index = child;
    }
    place(index, moving);
}

void DeadlineMonitor::erase(size_t index) noexcept {
    heap_[index]->heap_index_ = not_in_heap;
    MonitorEntry* last = heap_.back();
    heap_.pop_back();
    if (index == heap_.size()) return;
    place(index, last);
    sift_up(index);
    sift_down(last->heap_index_);
}

Deadline::Deadline(TimePoint when, Fire fire, void* argument) noexcept
    : MonitorEntry(when), fire_(fire), argument_(argument) {
    ok_ = DeadlineMonitor::get().add(*this);
}

Deadline::~Deadline() {
    if (ok_) DeadlineMonitor::get().remove(*this);
}

bool Deadline::run() noexcept {
    fire_(argument_);
    return false;
}

Ticker::Ticker(std::chrono::nanoseconds period, Tick tick, void* argument) noexcept
    : MonitorEntry(period), tick_(tick), argument_(argument) {}

Ticker::~Ticker() {
    DeadlineMonitor::get().remove(*this);
}

bool Ticker::start() noexcept {
    return DeadlineMonitor::get().add(*this);
}

bool Ticker::run() noexcept {
    return tick_(argument_);
}

bool deadline_monitor_running() noexcept {
    return DeadlineMonitor::get().is_running();
}

}  // namespace epsilon::platform
