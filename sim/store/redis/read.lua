-- One moment of several documents: behind readset.lua, its documents.
local documents = readset()
return documents
