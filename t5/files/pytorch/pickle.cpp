// A stack machine that knows two dozen operations; see pickle.h. Python's documentation of them is
// its module pickletools.
#include "t5/files/pytorch/pickle.h"

#include <fmt/core.h>

#include <cstring>
#include <deque>
#include <unordered_map>

#include "t5/files/pytorch/pickle_value.h"
#include "tensor/error.h"
#include "tensor/shape.h"

namespace t5 {
namespace {

constexpr size_t kMaxPickle = size_t{1} << 20;  // bytes; a tensor takes some 120, t5-11b has 1,200
constexpr size_t kMaxString = 1000;

class Machine {
 public:
  Machine(std::span<const std::byte> pickle, const std::string& file)
      : rest_(reinterpret_cast<const char*>(pickle.data()), pickle.size()), file_(file) {}

  // Runs up to STOP and returns what is then on the stack.
  const PickleValue& run() {
    while (step(static_cast<unsigned char>(take(1)[0]))) {
    }
    return *pop();
  }

  template <class... Args>
  void require(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    if (!condition)
      fail("{}: data.pkl: {}", file_, fmt::format(format, std::forward<Args>(args)...));
  }

  // Throws unless `value` is of that kind; `what` names its role.
  const PickleValue& expect(const PickleValue* value, PickleValue::Kind kind,
                            const char* what) const {
    require(value->kind == kind, "expected {} as {}, found {}", kind_name(kind), what,
            kind_name(value->kind));
    return *value;
  }

 private:
  bool step(unsigned char operation);
  bool push_constant(unsigned char operation);
  bool combine(unsigned char operation);
  bool move_memo(unsigned char operation);
  void push_global();
  void push_string();
  void push_long();
  void push_storage();
  void call();
  void rebuild_tensor(const PickleValue& arguments);
  void add_items(const std::vector<const PickleValue*>& pairs);
  void drop_attributes();

  std::string_view take(size_t size) {
    require(size <= rest_.size(), "ends in the middle; the file may be cut short");
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <class T>
  T take_number() {
    T number;
    std::memcpy(&number, take(sizeof number).data(), sizeof number);
    return number;
  }
  std::string_view take_line() {
    size_t end = rest_.find('\n');
    std::string_view line = take(end == rest_.npos ? rest_.size() + 1 : end + 1);
    return line.substr(0, end);
  }

  PickleValue& push(PickleValue::Kind kind, int64_t number = 0, std::string_view text = "") {
    values_.push_back({kind, number, text, {}});
    stack_.push_back(&values_.back());
    return values_.back();
  }
  PickleValue* pop() {
    size_t floor = marks_.empty() ? 0 : marks_.back();
    require(stack_.size() > floor, "takes more from its stack than there is");
    PickleValue* top = stack_.back();
    stack_.pop_back();
    return top;
  }
  // Removes the mark set last and everything above it.
  std::vector<const PickleValue*> pop_to_mark() {
    require(!marks_.empty(), "takes more from its stack than there is");
    std::vector<const PickleValue*> items(stack_.begin() + marks_.back(), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  void push_tuple(std::vector<const PickleValue*> items) {
    push(PickleValue::kTuple).items = std::move(items);
  }
  void push_tuple_of(size_t count) {
    std::vector<const PickleValue*> items(count);
    for (size_t i = count; i > 0; --i) items[i - 1] = pop();
    push_tuple(std::move(items));
  }

  std::string_view rest_;  // of the pickle
  const std::string& file_;
  std::deque<PickleValue> values_;  // all that were ever made: what points to them stays valid
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;  // heights of the stack
  std::unordered_map<uint32_t, PickleValue*> memo_;
};

// Runs one operation; false after the last.
bool Machine::step(unsigned char operation) {
  if (operation == 0x80) {  // PROTO
    int protocol = take_number<uint8_t>();
    require(protocol == 2, "pickle protocol {} is not 2, which torch.save writes by default",
            protocol);
  } else if (operation == '(') {  // MARK
    marks_.push_back(stack_.size());
  } else if (operation != '.') {  // STOP
    require(push_constant(operation) || move_memo(operation) || combine(operation),
            "operation 0x{:02x} is not one that a dictionary of tensors needs; save the model's "
            "state_dict() alone",
            operation);
  }
  return operation != '.';
}

// The operations that make something of the values on the stack; false when this is none.
bool Machine::combine(unsigned char operation) {
  switch (operation) {
    case 't':  // TUPLE
      push_tuple(pop_to_mark());
      return true;
    case 'c':  // GLOBAL
      push_global();
      return true;
    case 'Q':  // BINPERSID
      push_storage();
      return true;
    case 'R':  // REDUCE
      call();
      return true;
    case 's': {  // SETITEM
      const PickleValue* value = pop();
      const PickleValue* key = pop();
      add_items({key, value});
      return true;
    }
    case 'u':  // SETITEMS
      add_items(pop_to_mark());
      return true;
    case 'b':  // BUILD
      drop_attributes();
      return true;
    default:
      return false;
  }
}

// The operations that push a value of their own; false when this is none.
bool Machine::push_constant(unsigned char operation) {
  switch (operation) {
    case 'N':  // NONE
      push(PickleValue::kNone);
      return true;
    case 0x88:  // NEWTRUE
    case 0x89:  // NEWFALSE
      push(PickleValue::kBoolean, operation == 0x88);
      return true;
    case 'J':  // BININT
      push(PickleValue::kInteger, take_number<int32_t>());
      return true;
    case 'K':  // BININT1
      push(PickleValue::kInteger, take_number<uint8_t>());
      return true;
    case 'M':  // BININT2
      push(PickleValue::kInteger, take_number<uint16_t>());
      return true;
    case 0x8a:  // LONG1
      push_long();
      return true;
    case 'X':  // BINUNICODE
      push_string();
      return true;
    case '}':  // EMPTY_DICT
      push(PickleValue::kDict);
      return true;
    case ')':  // EMPTY_TUPLE
      push_tuple({});
      return true;
    case 0x85:  // TUPLE1
    case 0x86:  // TUPLE2
    case 0x87:  // TUPLE3
      push_tuple_of(operation - 0x84);
      return true;
    default:
      return false;
  }
}

// The operations that remember the value on top, or push one that was remembered.
bool Machine::move_memo(unsigned char operation) {
  if (operation != 'q' && operation != 'r' && operation != 'h' && operation != 'j') return false;
  bool is_short = operation == 'q' || operation == 'h';  // BINPUT, BINGET, LONG_BINPUT, LONG_BINGET
  uint32_t place = is_short ? take_number<uint8_t>() : take_number<uint32_t>();
  if (operation == 'q' || operation == 'r') {
    require(!stack_.empty(), "takes more from its stack than there is");
    memo_[place] = stack_.back();
  } else {
    auto found = memo_.find(place);
    require(found != memo_.end(), "asks for value {}, which it never remembered", place);
    stack_.push_back(found->second);
  }
  return true;
}

// GLOBAL: "module\nname\n". The only place where a pickle can name a function.
void Machine::push_global() {
  std::string_view module = take_line(), name = take_line();
  std::string full = fmt::format("{}.{}", module.substr(0, kMaxString), name.substr(0, kMaxString));
  const StorageType* type = storage_type(full);
  std::string_view known = type != nullptr       ? type->name
                           : full == kDictionary ? kDictionary
                           : full == kTensor     ? kTensor
                           : full == kParameter  ? kParameter
                                                 : "";
  require(!known.empty(),
          "asks for {}, which no dictionary of tensors needs; nothing was run; save the model's "
          "state_dict() alone",
          full);
  push(PickleValue::kGlobal, 0, known);
}

// BINUNICODE: its length in bytes and its text.
void Machine::push_string() {
  auto size = take_number<uint32_t>();
  require(size <= kMaxString, "a string of {} bytes is too long for a name", size);
  push(PickleValue::kString, 0, take(size));
}

// LONG1: a number of so many bytes, the lowest first, in two's complement.
void Machine::push_long() {
  size_t size = take_number<uint8_t>();
  require(size <= 8, "an integer of {} bytes is larger than any tensor", size);
  std::string_view bytes = take(size);
  bool negative = size > 0 && (bytes.back() & 0x80) != 0;
  int64_t number = negative ? -1 : 0;
  std::memcpy(&number, bytes.data(), size);
  push(PickleValue::kInteger, number);
}

// BINPERSID: ("storage", its type, its key, the device it was on, its number of elements).
void Machine::push_storage() {
  const PickleValue& id = expect(pop(), PickleValue::kTuple, "the id of a storage");
  require(id.items.size() == 5, "the id of a storage has {} parts, expected 5", id.items.size());
  const PickleValue& type = expect(id.items[1], PickleValue::kGlobal, "a storage's type");
  const StorageType* known = storage_type(type.text);
  require(known != nullptr, "{} is not the type of a storage", type.text);
  int64_t size = expect(id.items[4], PickleValue::kInteger, "a storage's size").number;
  std::string_view key = expect(id.items[2], PickleValue::kString, "a storage's key").text;
  push(PickleValue::kStorage, size, key).dtype = known->dtype;
}

// REDUCE: calls a function with a tuple of arguments.
void Machine::call() {
  const PickleValue& arguments = expect(pop(), PickleValue::kTuple, "a function's arguments");
  const PickleValue& function = expect(pop(), PickleValue::kGlobal, "a function");
  if (function.text == kDictionary) {
    require(arguments.items.empty(), "{} with arguments", kDictionary);
    push(PickleValue::kDict);
  } else if (function.text == kTensor) {
    rebuild_tensor(arguments);
  } else {
    require(function.text == kParameter && arguments.items.size() == 3,
            "{} is called with {} arguments", function.text, arguments.items.size());
    PickleValue tensor = expect(arguments.items[0], PickleValue::kTensor, "a parameter");
    values_.push_back(std::move(tensor));
    stack_.push_back(&values_.back());
  }
}

// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks[, metadata])
void Machine::rebuild_tensor(const PickleValue& arguments) {
  const auto& items = arguments.items;
  require(items.size() == 6 || items.size() == 7, "{} is called with {} arguments", kTensor,
          items.size());
  expect(items[1], PickleValue::kInteger, "a tensor's offset");
  size_t rank = expect(items[2], PickleValue::kTuple, "a tensor's shape").items.size();
  size_t strides = expect(items[3], PickleValue::kTuple, "a tensor's strides").items.size();
  require(rank == strides && rank <= Shape::kMaxRank,
          "a tensor has {} extents and {} strides; at most {} are read", rank, strides,
          size_t{Shape::kMaxRank});
  for (size_t i : {2, 3})
    for (const PickleValue* item : items[i]->items) {
      expect(item, PickleValue::kInteger, "an extent or stride");
      require(item->number >= 0, "an extent or stride is {}", item->number);
    }
  PickleValue& tensor = push(PickleValue::kTensor);
  tensor.storage = &expect(items[0], PickleValue::kStorage, "a tensor's storage");
  tensor.items = {items[1], items[2], items[3]};
}

// Adds keys and values, in turn, to the dictionary on top of the stack.
void Machine::add_items(const std::vector<const PickleValue*>& pairs) {
  require(pairs.size() % 2 == 0, "a key without a value");
  PickleValue* dict = pop();
  expect(dict, PickleValue::kDict, "what is added to");
  dict->items.insert(dict->items.end(), pairs.begin(), pairs.end());
  stack_.push_back(dict);
}

// BUILD: attributes of a dictionary. A state_dict has one, the versions of PyTorch's modules.
void Machine::drop_attributes() {
  expect(pop(), PickleValue::kDict, "attributes");
  PickleValue* owner = pop();
  expect(owner, PickleValue::kDict, "what has attributes");
  stack_.push_back(owner);
}

std::vector<int64_t> numbers_of(const PickleValue& tuple) {
  std::vector<int64_t> numbers;
  for (const PickleValue* item : tuple.items) numbers.push_back(item->number);
  return numbers;
}

}  // namespace

std::vector<PickledTensor> read_pickle(std::span<const std::byte> pickle, const std::string& file) {
  check(pickle.size() <= kMaxPickle, "{}: data.pkl: {} bytes are more than names and shapes take",
        file, pickle.size());
  Machine machine(pickle, file);
  const auto& items = machine.expect(&machine.run(), PickleValue::kDict, "the whole").items;
  std::vector<PickledTensor> tensors;
  for (size_t i = 0; i < items.size(); i += 2) {
    std::string_view name = machine.expect(items[i], PickleValue::kString, "a tensor's name").text;
    const PickleValue& value =
        machine.expect(items[i + 1], PickleValue::kTensor, std::string(name).c_str());
    const PickleValue& storage = *value.storage;
    tensors.push_back({name, storage.dtype, storage.text, storage.number, value.items[0]->number,
                       numbers_of(*value.items[1]), numbers_of(*value.items[2])});
  }
  return tensors;
}

}  // namespace t5
