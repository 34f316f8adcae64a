-- One page of the book. Links between the project's pages become links between the book's, pictures
-- come from the book's folder, comments for the weaver vanish, and each section is written to the
-- index that the search reads. Set by book.sh: page (its name), folder (where its source stands),
-- out (the book's folder), print (whether all pages are one file), index (the file to append to).

local page, folder, out, print_version, index
local pages = {}  -- name in the book, by path in the project

-- "tutorials/09-attention" and "../10-positions/README.md" to "tutorials/10-positions/README.md"
local function resolve(base, path)
  local parts = {}
  for part in (base .. "/" .. path):gmatch("[^/]+") do
    if part == ".." then
      table.remove(parts)
    elseif part ~= "." then
      table.insert(parts, part)
    end
  end
  return table.concat(parts, "/")
end

local function read_settings(meta)
  local function text(name) return pandoc.utils.stringify(meta[name] or "") end
  page, folder, out, index = text("page"), text("folder"), text("out"), text("index")
  print_version = text("print") == "yes"
  for name, path in text("pages"):gmatch("(%S+)=(%S+)") do pages[path] = name end
end

local function link(element)
  local target = element.target
  if target:match("^%a[%w+.-]*:") then return element end
  local path, fragment = target:match("^([^#]*)#?(.*)$")
  local name = path == "" and page or pages[resolve(folder, path)]
  if not name then return element.content end
  if print_version then
    element.target = "#" .. name .. (fragment ~= "" and "-" .. fragment or "")
  else
    element.target = (path == "" and "" or name .. ".html") .. (fragment ~= "" and "#" .. fragment or "")
    if element.target == "" then element.target = name .. ".html" end
  end
  return element
end

-- A file is copied to the book's folder under a name of its own; nil when there is none.
local function copied(path)
  local source = io.open(path, "rb")
  if not source then return nil end
  local name = "images/" .. page .. "-" .. path:match("[^/]+$")
  local copy = assert(io.open(out .. "/" .. name, "wb"))
  copy:write(source:read("a"))
  copy:close()
  source:close()
  return name
end

-- A picture beside which steps stand (walk.svg: walk-1.svg, walk-2.svg …) is told how many there
-- are; steps.js makes something to click through of it. Paper shows the picture itself.
local function image(element)
  if element.src:match("^%a[%w+.-]*:") then return element end
  local path = resolve(folder, element.src)
  element.src = copied(path) or error("picture not found: " .. path)
  local steps = 0
  while not print_version and copied((path:gsub("%.svg$", "-" .. steps + 1 .. ".svg"))) do
    steps = steps + 1
  end
  if steps > 0 then element.attributes["data-steps"] = tostring(steps) end
  return element
end

-- Comments vanish. Paper cannot be unfolded.
local function raw(element)
  if element.text:match("^<!%-%-") then return {} end
  if print_version then element.text = element.text:gsub("<details>", "<details open>") end
  return element
end

-- The comma after a formula stays on its line.
local function keep_together(inlines)
  local result = pandoc.List()
  local at = 1
  while at <= #inlines do
    local formula, text = inlines[at], inlines[at + 1]
    local is_inline = formula.t == "Math" and formula.mathtype == "InlineMath"
    local mark, rest
    if is_inline and text and text.t == "Str" then mark, rest = text.text:match("^([%p]+)(.*)$") end
    if mark then
      result:insert(pandoc.Span({ formula, pandoc.Str(mark) }, pandoc.Attr("", { "together" })))
      if rest ~= "" then result:insert(pandoc.Str(rest)) end
      at = at + 2
    else
      result:insert(formula)
      at = at + 1
    end
  end
  return result
end

-- A table scrolls by itself on a narrow screen.
local function scroll(element)
  return { pandoc.RawBlock("html", '<div class="wide" tabindex="0">'), element,
           pandoc.RawBlock("html", "</div>") }
end

local function quoted(text)
  text = text:gsub("[%c%s]+", " "):gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("<", "\\u003c")
  return '"' .. text .. '"'
end

-- Sections as lines of JavaScript: [page, id, title, text],
local function write_index(document)
  if index == "" then return end
  local file = io.open(index, "a")
  local title, id, texts = "", "", {}
  local function flush()
    if title ~= "" then
      file:write(string.format("[%s,%s,%s,%s],\n", quoted(page), quoted(id), quoted(title),
                               quoted(table.concat(texts, " "))))
    end
    texts = {}
  end
  for _, block in ipairs(document.blocks) do
    if block.t == "Header" then
      flush()
      title, id = pandoc.utils.stringify(block), block.identifier
    elseif block.t == "CodeBlock" then
      table.insert(texts, block.text)
    elseif block.t == "Table" then
      local words = block:walk({ Math = function(math) return pandoc.Str(math.text) end })
      table.insert(texts, pandoc.write(pandoc.Pandoc({ words }), "plain"))
    elseif block.t ~= "RawBlock" then
      table.insert(texts, pandoc.utils.stringify(block))
    end
  end
  flush()
  file:close()
end

return {
  { Meta = read_settings },
  { Pandoc = write_index },
  { Link = link, Image = image, RawBlock = raw, RawInline = raw, Table = scroll },
  { Inlines = keep_together },
}
