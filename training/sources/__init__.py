"""Where orders come from: files of any shop, brought to one set of columns but otherwise left as they are."""
