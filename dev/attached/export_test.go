package attached

var FindWebUI = findWebUI
